"""Controls of values: finite numbers, in a range."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.data.controls import make_result

if TYPE_CHECKING:
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
