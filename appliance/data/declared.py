"""Controls of samples as a run uses them: finite numbers, and what a configuration declares."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.data.controls import make_result

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.config.own_data import ControlsConfig
    from appliance.data.dataset import Dataset
    from appliance.data.rows import Rows
    from verify.results import Result

_LARGEST_TOKEN = 2**31 - 1
_LARGEST_WHOLE = 2**53  # up to which every whole number is a float64
RANGES = {"uint8": (0, 255), "int32": (0, _LARGEST_TOKEN), "float32": (-_LARGEST_WHOLE, _LARGEST_WHOLE)}
"""Whole numbers that each type of features can hold."""


class Extent(NamedTuple):
    """The lowest and the highest value of rows, and the first one that is no finite float32, with its place."""

    lowest: float
    highest: float
    lost: str | None


def find_extent(rows: Rows) -> Extent:
    """Return the extent of rows (n, ...); at the first value that is not finite it ends."""
    lowest: list[float] = []
    highest: list[float] = []
    start = 0
    for block in rows.blocks():
        if block.dtype.kind == "f":
            with np.errstate(over="ignore"):
                finite = np.isfinite(block.astype(np.float32))
            if not finite.all():
                row, *place = np.argwhere(~finite)[0].tolist()
                value = block[(row, *place)]
                return Extent(0.0, 0.0, f"{value} at sample {start + row}, position {tuple(place)}")
        if block.size:
            lowest.append(block.min().item())
            highest.append(block.max().item())
        start += len(block)
    return Extent(min(lowest, default=0), max(highest, default=0), None)


def control_finite(extent: Extent, where: str) -> Result:
    """D010: every value is a finite float32."""
    expected = "finite numbers, at most 3.4e38 in size"
    return make_result("D010", holds=extent.lost is None, expected=expected, found=extent.lost or "yes", where=where)


def control_range(extent: Extent, lowest: float | None, highest: float | None, where: str) -> Result:
    """D011: every value is in a range; None for no bound."""
    holds = (lowest is None or extent.lowest >= lowest) and (highest is None or extent.highest <= highest)
    expected = f"{'any' if lowest is None else f'{lowest:.9g}'} to {'any' if highest is None else f'{highest:.9g}'}"
    found = f"{extent.lowest:.9g} to {extent.highest:.9g}"
    return make_result("D011", holds=holds, expected=expected, found=found, where=where)


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
