"""Number formats, and the kinds of products with the operand sizes that keep them exact.

Part of bits 2. A product is exact when every partial sum is a whole number of units of at most 2**significand. With
left operands of at most 2**a units, right operands of at most 2**b units and pieces of k terms that is
`a + b + ceil(log2(k)) <= significand`. (Pre-rounding: Demmel and Nguyen, "Fast reproducible floating-point
summation", ARITH 2013.)
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

Pieces = tuple[tuple[int, int], ...]


@attrs.frozen(kw_only=True, eq=False)
class Format:
    """One IEEE binary format with the choices made for it.

    Attributes:
        name: "f32" or "f64".
        dtype: the NumPy type of weights, activations and updates.
        significand: bits of the accumulator, 24 or 53.
        exponent_cap: grids stay within 2**-cap and 2**cap, so that products of units stay normal numbers.
        bit_type: the integer type of the format's width.
        exponent_mask: the bits of the exponent field in it.
        smallest_pattern: the bits of 2**-cap.
        unit_pattern: the bits of 1, twice; less the bits of a power of two they are those of its inverse.
    """

    name: str
    dtype: type[np.floating[Any]]
    significand: int
    exponent_cap: int
    bit_type: type[np.signedinteger[Any]]
    exponent_mask: Any
    smallest_pattern: Any
    unit_pattern: Any


def _make_f64(name: str, cap: int) -> Format:
    return Format(
        name=name,
        dtype=np.float64,
        significand=53,
        exponent_cap=cap,
        bit_type=np.int64,
        exponent_mask=np.int64(0x7FF0000000000000),
        smallest_pattern=np.int64((1023 - cap) << 52),
        unit_pattern=np.int64((1023 + 1023) << 52),
    )


F32 = Format(
    name="f32",
    dtype=np.float32,
    significand=24,
    exponent_cap=50,
    bit_type=np.int32,
    exponent_mask=np.int32(0x7F800000),
    smallest_pattern=np.int32((127 - 50) << 23),
    unit_pattern=np.int32((127 + 127) << 23),
)
F64 = _make_f64("f64", 400)
_WIDE = _make_f64("f32 in f64", F32.exponent_cap)
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


def count_bits(length: int) -> int:
    """Return ceil(log2(length)) for a length of at least 1: the bits that a sum of so many terms can add."""
    return (max(length, 1) - 1).bit_length()


@attrs.frozen(kw_only=True, eq=False)
class Kind:
    """A kind of exact products: the format of the operands, and the bits that they are rounded to.

    Attributes:
        name: "fast", with operands of 8 to 11 bits in float32, or "accurate".
        fmt: the format of operands and products; of the accurate kind float64, also for float32 trainings.
        piece: the longest inner dimension of a product by a weight that is multiplied in one piece.
        rows: the same for products that add up a parameter's gradient over rows; in float64 only convolutions cut rows.
        left_bits: the size of a left operand, in bits, on the grid of its row; also the least that a gradient has.
        most_bits: no operand has more. Of the fast kind 11, so that units for TensorFloat-32 or float16 multiply
            these operands exactly, too.
    """

    name: str
    fmt: Format
    piece: int
    rows: int
    left_bits: int
    most_bits: int

    def split(self, length: int) -> Pieces:
        """Cut range(length) into the fewest equal pieces of at most `piece`; the last one may be shorter."""
        return _split(length, self.piece)

    def split_rows(self, count: int) -> Pieces:
        """Cut range(count) into the fewest equal pieces of at most `rows`; the last one may be shorter.

        In float64 all rows are one piece: sums of pieces would be rounded, and show the order of the samples.
        """
        return _split(count, self.rows) if self.fmt is F32 else ((0, count),)

    def find_limit(self, length: int, left_bits: int) -> int:
        """Return the largest right operand, in units, for left operands of `left_bits` over `length` terms."""
        return self._find_largest(self.split(length), 1 << left_bits)

    def find_weight_limit(self, length: int, left_bits: int, width: int | None) -> int:
        """Return the largest entry of a weight (length, width), in units, for left operands of `left_bits`.

        The transposed weight is the right operand of the gradient that is passed on to the input, over `width` terms,
        and leaves the `left_bits` of this kind for it; None where there is no such gradient.
        """
        limit = self.find_limit(length, left_bits)
        return limit if width is None else min(limit, self.find_limit(width, self.left_bits))

    def find_gradient_bits(self, width: int, limit: int) -> int:
        """Return the bits of a gradient passed on, over `width` terms, by a weight of at most `limit` units."""
        return self._find_largest(self.split(width), limit).bit_length() - 1

    def find_row_bits(self, count: int, left_bits: int) -> int:
        """Return the bits of the right operand of a product over `count` rows, for left operands of `left_bits`."""
        return self._find_largest(self.split_rows(count), 1 << left_bits).bit_length() - 1

    def _find_largest(self, pieces: Pieces, other: int) -> int:
        """Return the largest whole number that keeps sums over pieces of products with others exact."""
        return min((1 << self.fmt.significand) // (find_longest(pieces) * other), 1 << self.most_bits)


@lru_cache(maxsize=256)
def _split(length: int, longest: int) -> Pieces:
    pieces = max(1, -(-length // longest))
    size = -(-length // pieces)
    return tuple((start, min(start + size, length)) for start in range(0, max(length, 1), max(size, 1)))


def find_longest(pieces: Pieces) -> int:
    """Return the length of the longest of some pieces, at least 1."""
    return max(1, *(stop - start for start, stop in pieces))


_FAST_F32 = Kind(name="fast", fmt=F32, piece=264, rows=256, left_bits=8, most_bits=11)
_ACCURATE_F32 = Kind(name="accurate", fmt=_WIDE, piece=2048, rows=2048, left_bits=21, most_bits=21)
_FAST_F64 = Kind(name="fast", fmt=F64, piece=4096, rows=4096, left_bits=22, most_bits=31)
_ACCURATE_F64 = Kind(name="accurate", fmt=F64, piece=4096, rows=4096, left_bits=22, most_bits=31)


def find_kind(fmt: Format, *, accurate: bool) -> Kind:
    """Return the kind of products of a training in one format; in f64 both kinds compute the same."""
    if fmt is F32:
        return _ACCURATE_F32 if accurate else _FAST_F32
    return _ACCURATE_F64 if accurate else _FAST_F64
