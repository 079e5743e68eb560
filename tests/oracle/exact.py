"""What is exact: numbers as integers in units of a power of two, and their products."""

from __future__ import annotations

import math
import struct
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from oracle.formats import Kind

_LANE = 64


def find_exponent(magnitude: float, limit: int, cap: int) -> int:
    """Return the largest s, at most the cap, with magnitude * 2**s <= limit; 0 for no magnitude.

    Raises:
        ValueError: the magnitude is not finite, or 2**cap or more.
    """
    if not magnitude < 2.0**cap:
        raise ValueError(f"{magnitude} is too large for a grid")
    if magnitude == 0.0:
        return 0
    numerator, denominator = magnitude.as_integer_ratio()
    s = (limit * denominator).bit_length() - numerator.bit_length()
    while _exceeds(numerator, s, limit * denominator):
        s -= 1
    return min(s, cap)


def _exceeds(numerator: int, s: int, limit: int) -> bool:
    return numerator << s > limit if s >= 0 else numerator > limit << -s


def count_units(values: Iterable[float], s: int) -> list[int]:
    """Return numbers rounded to the grid of exponent s, in multiples of 2**-s; half to even."""
    factor = math.ldexp(1.0, s)
    return [round(value * factor) for value in values]


def scale(units: Iterable[float], s: int) -> list[float]:
    """Return multiples of 2**-s as floats."""
    factor = math.ldexp(1.0, -s)
    return [unit * factor for unit in units]


def find_unit(magnitude: float, bits: int, cap: int) -> int:
    """Return the exponent of the unit of a magnitude, 2 to this power."""
    return math.frexp(max(2.0**-cap, magnitude))[1] - bits


def measure(values: Iterable[float]) -> float:
    """Return the magnitude of numbers, 0 for none."""
    return max(map(abs, values), default=0.0)


@cache
def _offset(lane: int, width: int) -> int:
    return int.from_bytes(struct.pack(f"<{width}Q", *[lane] * width), "little")


def _pack(rows: Sequence[Sequence[int]], width: int) -> list[int]:
    """Return each row as one integer, a number for every 64 bits."""
    lane = 1 << _LANE - 2
    offset = _offset(lane, width)
    return [int.from_bytes(struct.pack(f"<{width}Q", *[x + lane for x in row]), "little") - offset for row in rows]


def _unpack(total: int, width: int) -> list[int]:
    if not total:
        return [0] * width
    lane = 1 << _LANE - 1
    packed = (total + _offset(lane, width)).to_bytes(_LANE // 8 * width, "little")
    return [x - lane for x in struct.unpack(f"<{width}Q", packed)]


def multiply(
    left: Iterable[Sequence[int]],
    right: Sequence[Sequence[int]],
    kind: Kind,
    *,
    rows: bool = False,
    pieces: Sequence[Sequence[int]] = (),
) -> Iterator[list[float]]:
    """Yield the rows of left @ right: pieces are exact, and added left to right.

    Sums are rounded to the format of the operands; where the inner dimension is the rows of a batch, to float64. Other
    pieces than the usual ones are lists of numbers of terms.
    In any order, no partial sum of a piece can exceed the sum of its magnitudes; an assertion tests that this is exact.
    """
    width = len(right[0])
    packed = _pack(right, width)
    chosen = pieces or [range(*ends) for ends in kind.cut(len(right), rows=rows)]
    limits = [(1 << kind.precision) // max(1, *(max(map(abs, right[i])) for i in piece)) for piece in chosen]
    for row in left:
        total: list[float] = []
        for piece, limit in zip(chosen, limits, strict=True):
            terms = [(row[i], packed[i]) for i in piece if row[i]]
            assert sum(abs(x) for x, _ in terms) <= limit
            exact = _unpack(sum(x * lanes for x, lanes in terms), width)
            floats = [float(x) for x in exact]
            if total:
                sums = [a + b for a, b in zip(total, floats, strict=True)]
                total = sums if rows else kind.round(sums)
            else:
                total = floats
        yield total


def sum_columns(rows: Sequence[Sequence[int]], precision: int) -> list[int]:
    """Return column sums; an assertion tests that no partial sum can exceed 2**precision."""
    columns = list(zip(*rows, strict=True))
    assert all(sum(map(abs, column)) <= 1 << precision for column in columns)
    return [sum(column) for column in columns]
