"""Controls of what a configuration declares of its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.data.controls import make_result
from appliance.data.extents import control_range, find_extent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.config.own_data import ControlsConfig
    from appliance.data.dataset import Dataset
    from appliance.data.rows import Rows
    from verify.results import Result


def _round_bound(bound: float | None, rows: Rows) -> float | None:
    """Return a bound as a value of the rows' type, so that a bound and a value that are written alike are equal."""
    if bound is None or rows.dtype.kind != "f":
        return bound
    with np.errstate(over="ignore"):
        return float(rows.dtype.type(bound))


def control_ranges(
    controls: ControlsConfig, features: Mapping[str, Rows], targets: Mapping[str, Rows]
) -> Iterator[Result]:
    """Yield the results of D011 for the declared ranges of features and targets, for each part by its name."""
    declared = (
        (features, controls.minimum, controls.maximum, "features"),
        (targets, controls.target_minimum, controls.target_maximum, "targets"),
    )
    for parts, lowest, highest, what in declared:
        if lowest is not None or highest is not None:
            for part, rows in parts.items():
                bounds = _round_bound(lowest, rows), _round_bound(highest, rows)
                yield control_range(find_extent(rows), *bounds, f"{part}, {what}")


def control_declared(controls: ControlsConfig, dataset: Dataset) -> Iterator[Result]:
    """Yield the results of D004 and D012 to D014 for everything that is declared of a data set."""
    counts = {
        "train": (controls.train_samples, len(dataset.train_labels)),
        "test": (controls.test_samples, len(dataset.test_labels)),
    }
    for part, (expected, found) in counts.items():
        if expected:
            where = f"{dataset.name}, {part}"
            yield make_result(
                "D012", holds=expected == found, expected=f"{expected} samples", found=f"{found} samples", where=where
            )
    if controls.sample_shape:
        yield make_result(
            "D004",
            holds=controls.sample_shape == dataset.sample_shape,
            expected=str(controls.sample_shape),
            found=str(dataset.sample_shape),
            where=f"{dataset.name}, declared shape",
        )
    for what, number, own in (
        ("classes", controls.classes, dataset.classes),
        ("targets", controls.targets, dataset.targets),
    ):
        if number:
            words = [f"{value} {what}" for value in (number, own)]
            yield make_result("D013", holds=number == own, expected=words[0], found=words[1], where=dataset.name)
    if controls.digest:
        digest = dataset.digest()
        yield make_result(
            "D014", holds=digest == controls.digest, expected=controls.digest, found=digest, where=dataset.name
        )
