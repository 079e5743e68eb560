"""Runs of the program on the data of the oracle, for comparisons of the two."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from unittest.mock import patch

import numpy as np

from appliance.config.loading import parse_settings
from appliance.data import Dataset, MemoryRows
from appliance.training import execute
from appliance.training.execute import run_training
from oracle.training import train
from verify.host.fingerprint import capture

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from appliance.training.execute import Checking
    from oracle.data import Data, Part
    from oracle.formats import Format
    from oracle.variations import Variation

_TYPES = {"B": np.uint8, "f": np.float32, "i": np.int32}
_MOST_BYTE_CLASSES = 256


def make_dataset(data: Data) -> Dataset:
    """Return the program's data set of the oracle's samples."""
    return Dataset(
        name="small",
        train_features=_make_rows(data.train, data.code),
        train_labels=_make_labels(data.train, data.classes),
        test_features=_make_rows(data.test, data.code),
        test_labels=_make_labels(data.test, data.classes),
        sample_shape=data.shape,
        classes=data.classes,
        targets=data.targets,
    )


def _make_rows(part: Part, code: str) -> MemoryRows:
    return MemoryRows(np.array([list(row) for row in part.features], dtype=_TYPES[code]))


def _make_labels(part: Part, classes: int) -> NDArray[Any]:
    if not classes:
        return np.array(part.labels, dtype=np.float32)
    return np.array(part.labels, dtype=np.uint8 if classes <= _MOST_BYTE_CLASSES else np.int32)


def run_program(variation: Variation, *, micro_batches: int = 1, check: Checking = "first") -> dict[str, str]:
    """Return the digests of the program's run, with every batch in so many parts."""
    dataset = None if variation.data is None else make_dataset(variation.data)
    config = parse_settings(variation.settings, where="a variation")
    with patch.object(execute, "capture", _capture):
        record = run_training(config, dataset=dataset, micro_batches=micro_batches, check=check)
    return record.digests


# The fingerprint of this host is taken once for all runs.
_capture = cache(capture)


def train_broken(variation: Variation, stage: str, fmt: Format | None = None) -> str:
    """Return the digest of a stage by an oracle with a broken rule, or that one of its products was not exact."""
    try:
        return train(variation.settings, fmt, variation.data)[stage]
    except AssertionError:
        return "a product was not exact"
