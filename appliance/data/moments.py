"""Exact sums of the columns of rows, from which means and deviations follow.

Part of bits 2. Every element is a whole number of units: 2**-149 for float32, 1 for unsigned bytes. Sums of elements
and of their squares are whole numbers too and are added without rounding, so no order and no block shows in them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.data.rows import Rows, Values

_UNIT_BITS = 149  # a float32 is a whole number of 2**-149
_MANTISSA_BITS = 23
_WINDOW = 8  # exponents that are added together, so that a shifted mantissa has at most 31 bits
_HALF_BITS = 31  # of a square of 62 bits
_ROWS = 1 << 16  # whose sums of 31 bits each fit into 64 bits


@attrs.frozen(kw_only=True)
class Moments:
    """The number of addends of each column, their sum, and the sum of their squares, in units of 2**-`bits`."""

    count: int
    sums: list[int]
    squares: list[int]
    bits: int

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
        return [total / (self.count << self.bits) for total in self.sums]

    def find_deviations(self) -> list[float]:
        """Return the root of the variance of each column, which is rounded once before; divided by the count.

        A column of equal elements has the deviation 0.
        """
        scale = self.count * self.count << 2 * self.bits
        pairs = zip(self.sums, self.squares, strict=True)
        return [math.sqrt((self.count * square - total * total) / scale) for total, square in pairs]


def measure(rows: Rows) -> Moments:
    """Return the exact moments of the columns of rows (n, k) of uint8 or of finite float32."""
    width = rows.shape[1]
    sums, squares = [0] * width, [0] * width
    split = _split_bytes if rows.dtype == np.uint8 else _split_floats
    for block in rows.blocks():
        for start in range(0, len(block), _ROWS):
            for shift, mantissas in split(block[start : start + _ROWS]):
                _add(sums, mantissas.sum(axis=0), shift)
                products = mantissas * mantissas
                _add(squares, (products >> _HALF_BITS).sum(axis=0), 2 * shift + _HALF_BITS)
                _add(squares, (products & ((1 << _HALF_BITS) - 1)).sum(axis=0), 2 * shift)
    return Moments(count=len(rows), sums=sums, squares=squares, bits=0 if rows.dtype == np.uint8 else _UNIT_BITS)


def _add(totals: list[int], addends: NDArray[np.int64], shift: int) -> None:
    """Add whole numbers times 2**shift to totals of any size."""
    for column, addend in enumerate(addends.tolist()):
        totals[column] += addend << shift


def _split_bytes(block: Values) -> list[tuple[int, NDArray[np.int64]]]:
    return [(0, block.astype(np.int64))]


def _split_floats(block: Values) -> list[tuple[int, NDArray[np.int64]]]:
    """Return pairs (shift, mantissas): their sum over all pairs, times 2**shift, is the block in units of 2**-149.

    Mantissas have at most 31 bits. They are read from the bits of the elements, which no mode of the processor changes.
    """
    bits = np.ascontiguousarray(block).view(np.int32).astype(np.int64)
    exponents = bits >> _MANTISSA_BITS & 0xFF
    mantissas = bits & ((1 << _MANTISSA_BITS) - 1) | np.where(exponents > 0, 1 << _MANTISSA_BITS, 0)
    mantissas = np.where(bits < 0, -mantissas, mantissas)
    shifts = np.maximum(exponents - 1, 0)
    windows = shifts // _WINDOW
    return [
        (window * _WINDOW, np.where(windows == window, mantissas << (shifts % _WINDOW), 0))
        for window in np.unique(windows).tolist()
    ]
