"""The two formats and their limits, as plain numbers."""

from __future__ import annotations

import struct
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, kw_only=True)
class Format:
    """One column of the page's table of formats; a value of either format is a Python float."""

    code: str
    precision: int
    chunk: int
    activation_bits: int
    gradient_bits: int
    cap: int

    @property
    def dtype(self) -> str:
        """The name of the type in a digest."""
        return f"<f{struct.calcsize(self.code)}"

    def round(self, values: Sequence[float]) -> list[float]:
        """Return fl(x) for results of one operation in double precision.

        That is the correctly rounded result in single precision too: 53 >= 2 * 24 + 2.
        """
        return list(values) if self.code == "d" else array(self.code, values).tolist()

    def round_one(self, value: float) -> float:
        """Return fl(x) of one number."""
        return self.round((value,))[0]

    def pack(self, values: Iterable[float]) -> bytes:
        """Return the little-endian bytes of numbers."""
        numbers = list(values)
        return struct.pack(f"<{len(numbers)}{self.code}", *numbers)


F32 = Format(code="f", precision=24, chunk=264, activation_bits=8, gradient_bits=8, cap=50)
F64 = Format(code="d", precision=53, chunk=4096, activation_bits=22, gradient_bits=20, cap=400)
