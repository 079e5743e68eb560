"""Exact sums of the columns of rows, from which means and deviations follow.

Part of bits 2. Elements are bytes or float32, so they and their squares are float64 without rounding. Their sums are
collected as whole numbers of 2**-149 and of 2**-298, so no order and no block shows in them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.data.rows import Rows

_UNIT_BITS = 149  # a float32 is a whole number of 2**-149
_ROWS = 1 << 12
_BLOCK_VALUES = 1 << 18
_KEPT_BITS = 40  # of the largest addend of a column: 2**12 addends of 40 bits have an exact sum in float64
_SIGNIFICAND = 53


@attrs.frozen(kw_only=True)
class Moments:
    """The number of addends of each column, their sum in units of 2**-149, and that of their squares in 2**-298."""

    count: int
    sums: list[int]
    squares: list[int]

    def merge(self, groups: list[int]) -> Moments:
        """Return the moments of groups of columns; `groups` has the number of the group of each column, from 0."""
        sums, squares = [0] * (max(groups) + 1), [0] * (max(groups) + 1)
        for group, total, square in zip(groups, self.sums, self.squares, strict=True):
            sums[group] += total
            squares[group] += square
        size = len(groups) // len(sums)
        return attrs.evolve(self, count=self.count * size, sums=sums, squares=squares)

    def find_means(self) -> list[float]:
        """Return the mean of each column, rounded once."""
        return [total / (self.count << _UNIT_BITS) for total in self.sums]

    def find_deviations(self) -> list[float]:
        """Return the root of the variance of each column, which is rounded once before; divided by the count.

        A column of equal elements has the deviation 0.
        """
        scale = self.count * self.count << 2 * _UNIT_BITS
        pairs = zip(self.sums, self.squares, strict=True)
        return [math.sqrt((self.count * square - total * total) / scale) for total, square in pairs]


def measure(rows: Rows) -> Moments:
    """Return the exact moments of the columns of rows (n, k) of uint8 or of finite float32."""
    width = rows.shape[1]
    sums, squares = [0] * width, [0] * width
    step = max(1, min(_ROWS, _BLOCK_VALUES // max(1, width)))
    for block in rows.blocks():
        for start in range(0, len(block), step):
            values = block[start : start + step].astype(np.float64)
            _add_columns(sums, values, _UNIT_BITS)
            _add_columns(squares, values * values, 2 * _UNIT_BITS)
    return Moments(count=len(rows), sums=sums, squares=squares)


def _add_columns(totals: list[int], values: NDArray[np.float64], bits: int) -> None:
    """Add the columns of values (m, k), m at most 2**12, to totals in units of 2**-`bits`, without rounding.

    The upper bits of every element, as multiples of a power of two for each column, have an exact sum; what they leave
    of the elements is added in the same way until nothing is left.
    """
    rest = values
    while True:
        largest = np.abs(rest).max(axis=0, initial=0.0)
        if not largest.any():
            return
        grid = np.frexp(largest)[1] - _KEPT_BITS
        shift = np.ldexp(1.5, _SIGNIFICAND - 1 + grid)
        upper = (rest + shift) - shift
        rest = rest - upper
        for column, addend in enumerate(upper.sum(axis=0).tolist()):
            numerator, denominator = addend.as_integer_ratio()
            totals[column] += (numerator << bits) // denominator
