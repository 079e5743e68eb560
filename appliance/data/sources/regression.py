"""The source of a generated regression: no files, as many samples as a configuration asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.data.controls import control_equal_counts, control_generated, control_shape
from appliance.data.extents import control_finite, find_extent
from appliance.data.regression import FEATURES, TARGETS, draw_regression
from appliance.data.rows import MemoryRows
from appliance.data.source import Part, SetDescription, require_counts, select_samples

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from appliance.data.dataset import Dataset
    from verify.results import Result

REGRESSION_DIGEST = "sha256:7b6749458c497a05f80fe85ef654f64e0b4f09ba4b0b104e2ce3d22e609d1d6e"
_NAME = "regression"
_CHECKED = 600


class RegressionSource:
    """Numbers with a target that the program draws from a seed; see `appliance.data.regression`."""

    def names(self) -> tuple[str, ...]:
        """Return the one name of this source."""
        return (_NAME,)

    def describe(self, data_dir: Path) -> list[SetDescription]:  # noqa: ARG002 (there are no files)
        """Return the one data set of this source."""
        title = "a generated regression, ten features, one target"
        return [SetDescription(name=_NAME, title=title, licence="none needed")]

    def check(self, name: str, data_dir: Path) -> list[Result]:  # noqa: ARG002 (one set, no files)
        """Return the results of all controls of a small number of generated samples."""
        drawn = {"train": draw_regression(_CHECKED, 0, "train"), "test": draw_regression(_CHECKED, 0, "test")}
        results: list[Result] = []
        arrays: dict[str, NDArray[np.float32]] = {}
        for part, (features, targets) in drawn.items():
            where = f"{_NAME}, {part}"
            results += [
                control_shape(features, (FEATURES,), where, "float32"),
                control_equal_counts(len(features), len(targets), where),
                control_finite(find_extent(MemoryRows(features)), where),
                control_finite(find_extent(MemoryRows(targets)), f"{where}, targets"),
            ]
            arrays |= {f"{part}_features": features, f"{part}_labels": targets}
        where = f"{_NAME}, {_CHECKED} samples of each part, seed 0"
        return [*results, control_generated(arrays, REGRESSION_DIGEST, where)]

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:  # noqa: ARG002 (there are no files)
        """Return the samples of a seed; see `Source.load`."""
        require_counts(data)
        train, test = (
            draw_regression(data.train_samples, seed, "train"),
            draw_regression(data.test_samples, seed, "test"),
        )
        parts = (Part(MemoryRows(features), targets) for features, targets in (train, test))
        return select_samples(data, *parts, sample_shape=(FEATURES,), classes=0, targets=TARGETS)
