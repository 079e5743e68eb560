"""The two formats and their kinds of products, as plain numbers."""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def round_to(code: str, values: Sequence[float]) -> list[float]:
    """Return results of one operation in double precision, rounded to the format "f" or "d".

    That is the correctly rounded result in single precision too: 53 >= 2 * 24 + 2.
    """
    return list(values) if code == "d" else array(code, values).tolist()


def cut(length: int, longest: int) -> list[tuple[int, int]]:
    """Return the fewest equal pieces of an inner dimension, each with its beginning and its end."""
    count = -(-length // longest)
    size = -(-length // count)
    return [(start, min(start + size, length)) for start in range(0, length, size)]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One column of the page's table of kinds of products."""

    code: str
    precision: int
    longest: int
    longest_rows: int
    left_bits: int
    most_bits: int

    def round(self, values: Sequence[float]) -> list[float]:
        """Return fl(x) in the format of the operands."""
        return round_to(self.code, values)

    def cut(self, length: int, *, rows: bool = False) -> list[tuple[int, int]]:
        """Return the pieces of an inner dimension, each with its beginning and its end."""
        if rows and self.code == "d":
            return [(0, length)]
        return cut(length, self.longest_rows if rows else self.longest)

    def most(self, length: int, left: int, *, rows: bool = False) -> int:
        """Return the page's `most(k, l)`."""
        return self.most_of(max(stop - start for start, stop in self.cut(length, rows=rows)), left)

    def most_of(self, terms: int, left: int) -> int:
        """Return the same for the number of terms in the longest piece."""
        return min((1 << self.precision) // (terms * left), 1 << self.most_bits)


@dataclass(frozen=True, kw_only=True)
class Format:
    """One column of the page's table of formats; a value of either format is a Python float."""

    code: str
    precision: int
    cap: int
    fast: Kind
    accurate: Kind

    @property
    def dtype(self) -> str:
        """The name of the type in a digest."""
        return f"<f{struct.calcsize(self.code)}"

    def round(self, values: Sequence[float]) -> list[float]:
        """Return fl(x) for results of one operation in double precision."""
        return round_to(self.code, values)

    def round_one(self, value: float) -> float:
        """Return fl(x) of one number."""
        return self.round((value,))[0]

    def pack(self, values: Iterable[float]) -> bytes:
        """Return the little-endian bytes of numbers."""
        numbers = list(values)
        return struct.pack(f"<{len(numbers)}{self.code}", *numbers)


FAST = Kind(code="f", precision=24, longest=264, longest_rows=256, left_bits=8, most_bits=11)
ACCURATE = Kind(code="d", precision=53, longest=2048, longest_rows=2048, left_bits=21, most_bits=21)
BOTH = Kind(code="d", precision=53, longest=4096, longest_rows=4096, left_bits=22, most_bits=31)
F32 = Format(code="f", precision=24, cap=50, fast=FAST, accurate=ACCURATE)
F64 = Format(code="d", precision=53, cap=400, fast=BOTH, accurate=BOTH)
