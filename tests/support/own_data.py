"""Small data of one's own in files of every kind, and configurations that name them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.config import parse_settings
from appliance.config.loading import load_config
from appliance.streams import draw_words
from verify.files.settings import format_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig

COUNT, WIDTH, CLASSES = 60, 6, 3
FEATURES = (draw_words(COUNT * WIDTH, 6, "features") >> np.uint64(40)).astype(np.float32).reshape(COUNT, WIDTH)
FEATURES = (FEATURES - np.float32(2.0**23)) * np.float32(2.0**-20)
LABELS = np.arange(COUNT, dtype=np.int64) * 7 % CLASSES
BYTES = (draw_words(COUNT * WIDTH, 6, "bytes") >> np.uint64(56)).astype(np.uint8).reshape(COUNT, WIDTH)
SPLIT = {"test_samples": 15}


def make_data(folder: Path | None, **data: object) -> DataConfig:
    """Return settings of data that lie in a folder."""
    settings = {**load_config("smoke").settings(), "data": data}
    return attrs.evolve(parse_settings(settings, where="a test").data, folder=folder)


def write_config(
    path: Path,
    data: dict[str, Any],
    outputs: int = CLASSES,
    *,
    first: Sequence[dict[str, object]] = ({"kind": "dense", "units": 8}, {"kind": "relu"}),
    **training: object,
) -> Path:
    """Write a configuration with these data and a small network that ends in a dense layer; return its path."""
    layers = [*first, {"kind": "dense", "units": outputs}]
    settings = {**load_config("smoke").settings(), "name": path.stem, "data": data, "model": {"layers": layers}}
    settings["training"] = {"epochs": 1, "batch_size": 10, **training}
    path.write_text(format_settings(settings), encoding="utf-8")
    return path


def write_csv(path: Path, rows: Sequence[Sequence[object]], delimiter: str = ",") -> Path:
    """Write a CSV file; return its path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def write_table(path: Path, features: NDArray[Any] = FEATURES, labels: NDArray[Any] = LABELS) -> Path:
    """Write features as columns x0, x1, ..., and labels as column y, in a CSV file."""
    names = [*(f"x{number}" for number in range(features.shape[1])), "y"]
    rows = [[*map(repr, row), label] for row, label in zip(features.tolist(), labels.tolist(), strict=True)]
    return write_csv(path, [names, *rows])
