"""Sums and means of columns in float64."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oracle import exact

if TYPE_CHECKING:
    from collections.abc import Sequence

_CAP = 400


def add_column(values: Sequence[float]) -> float:
    """Return the page's column sum."""
    bits = min(53 - (len(values) - 1).bit_length(), 51)
    unit = exact.find_unit(exact.measure(values), bits, _CAP)
    units = exact.count_units(values, -unit)
    assert sum(map(abs, units)) <= 1 << 53
    return math.ldexp(sum(units), unit)


def average_column(values: Sequence[float]) -> float:
    """Return the page's column mean."""
    return add_column(values) / len(values)
