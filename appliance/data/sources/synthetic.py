"""The source of generated images: no files, as many samples as a configuration asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.data.controls import control_generated, control_samples
from appliance.data.rows import MemoryRows
from appliance.data.source import Part, SetDescription, require_counts, select_samples
from appliance.data.synthetic import CLASSES, SIDE, draw_synthetic

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.dataset import Dataset
    from verify.results import Result

SYNTHETIC_DIGEST = "sha256:de10edf13f70a55ed045da256f7dd9725bc9998bb74c10a3042e06a86aea4d9a"
_NAME = "synthetic"
_SHAPE = (SIDE, SIDE)
_CHECKED = 600


class SyntheticSource:
    """Images that the program draws from a seed; see `appliance.data.synthetic`."""

    def names(self) -> tuple[str, ...]:
        """Return the one name of this source."""
        return (_NAME,)

    def describe(self, data_dir: Path) -> list[SetDescription]:  # noqa: ARG002 (there are no files)
        """Return the one data set of this source."""
        return [SetDescription(name=_NAME, title="generated images of strokes, ten classes", licence="none needed")]

    def check(self, name: str, data_dir: Path) -> list[Result]:  # noqa: ARG002 (one set, no files)
        """Return the results of all controls of a small number of generated samples."""
        drawn = {"train": draw_synthetic(_CHECKED, 0, "train"), "test": draw_synthetic(_CHECKED, 0, "test")}
        results: list[Result] = []
        arrays: dict[str, NDArray[np.uint8]] = {}
        for part, (features, labels) in drawn.items():
            images, where = features.reshape(-1, *_SHAPE), f"{_NAME}, {part}"
            results += control_samples(
                images, labels, sample_shape=_SHAPE, classes=CLASSES, minimum=_CHECKED, where=where
            )
            arrays |= {f"{part}_features": features, f"{part}_labels": labels}
        where = f"{_NAME}, {_CHECKED} samples of each part, seed 0"
        return [*results, control_generated(arrays, SYNTHETIC_DIGEST, where)]

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:  # noqa: ARG002 (there are no files)
        """Return the samples of a seed; see `Source.load`."""
        require_counts(data)
        train, test = draw_synthetic(data.train_samples, seed, "train"), draw_synthetic(data.test_samples, seed, "test")
        parts = (Part(MemoryRows(features), labels) for features, labels in (train, test))
        return select_samples(data, *parts, sample_shape=_SHAPE, classes=CLASSES)
