"""Number formats, each with the operand sizes that keep its products exact.

Part of bits 1. A product is exact when every partial sum is a whole number of units below 2**significand. With
left operands of at most 2**a units, an inner chunk of k terms and right operands of at most L units
that is `k * 2**a * L <= 2**significand`. (Pre-rounding: Demmel and Nguyen, "Fast reproducible
floating-point summation", ARITH 2013.)
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BYTE_BITS = 8
BYTE_UNIT = 2.0**-BYTE_BITS


@attrs.frozen(kw_only=True, eq=False)
class Format:
    """One IEEE binary format with the choices made for it.

    Attributes:
        name: "f32" or "f64".
        dtype: the NumPy type of weights, activations and updates.
        significand: bits of the accumulator, 24 or 53.
        chunk: the longest inner dimension that is multiplied in one piece.
        activation_bits: size of a hidden activation, in bits, on its row's grid.
        gradient_bits: what a gradient passed down to a layer's input has at least, in bits, on its row's grid.
        exponent_cap: grids stay within 2**-cap and 2**cap, so that products of units stay normal numbers.
        bit_type: the integer type of the format's width.
        exponent_mask: the bits of the exponent field in it.
        smallest_pattern: the bits of 2**-cap.
        unit_pattern: the bits of 1, twice; less the bits of a power of two they are those of its inverse.
    """

    name: str
    dtype: type[np.floating[Any]]
    significand: int
    chunk: int
    activation_bits: int
    gradient_bits: int
    exponent_cap: int
    bit_type: type[np.signedinteger[Any]]
    exponent_mask: Any
    smallest_pattern: Any
    unit_pattern: Any

    def limit_right(self, length: int, left_bits: int) -> int:
        """Return the largest right operand, in units, for left operands of 2**left_bits over `length` terms."""
        return (1 << self.significand) // (max(length, 1) << left_bits)

    def limit_left(self, length: int, right_limit: int) -> int:
        """Return the largest left operand, in units, for right operands of that limit over `length` terms."""
        return (1 << self.significand) // (max(length, 1) * right_limit)


F32 = Format(
    name="f32",
    dtype=np.float32,
    significand=24,
    chunk=264,
    activation_bits=8,
    gradient_bits=8,
    exponent_cap=50,
    bit_type=np.int32,
    exponent_mask=np.int32(0x7F800000),
    smallest_pattern=np.int32((127 - 50) << 23),
    unit_pattern=np.int32((127 + 127) << 23),
)
F64 = Format(
    name="f64",
    dtype=np.float64,
    significand=53,
    chunk=4096,
    activation_bits=22,
    gradient_bits=20,
    exponent_cap=400,
    bit_type=np.int64,
    exponent_mask=np.int64(0x7FF0000000000000),
    smallest_pattern=np.int64((1023 - 400) << 52),
    unit_pattern=np.int64((1023 + 1023) << 52),
)
FORMATS = {"f32": F32, "f64": F64}


def format_of(array: NDArray[Any]) -> Format:
    """Return the format of an array's dtype.

    Raises:
        UsageError: the dtype is neither float32 nor float64.
    """
    for candidate in FORMATS.values():
        if array.dtype == candidate.dtype:
            return candidate
    raise UsageError("portable arithmetic supports float32 and float64 only", found=str(array.dtype))


@lru_cache(maxsize=256)
def split_length(length: int, fmt: Format) -> tuple[tuple[int, int], ...]:
    """Cut range(length) into the fewest equal pieces of at most `fmt.chunk`; the last one may be shorter."""
    pieces = max(1, -(-length // fmt.chunk))
    size = -(-length // pieces)
    return tuple((start, min(start + size, length)) for start in range(0, max(length, 1), max(size, 1)))


def find_longest(chunks: tuple[tuple[int, int], ...]) -> int:
    """Return the length of the longest of some chunks."""
    return max(stop - start for start, stop in chunks)


@lru_cache(maxsize=64)
def find_limit(length: int, bits: int, fmt: Format) -> int:
    """Return `limit_right` for the longest of the chunks into which `length` terms are cut."""
    return fmt.limit_right(find_longest(split_length(length, fmt)), bits)
