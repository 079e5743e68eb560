"""Matrix products for people's own code: accurate, or fast as in trainings.

Part of bits 2. Each row of the left operand and each column of the right one is cut into slices on a grid of its own,
so that the product of two slices is exact in float64 and BLAS has no freedom left. float32 operands have one slice of
23 bits, multiplied over at most 128 terms at once; float64 operands have three of 21 bits, over at most 2,048 terms
(Ozaki, Ogita, Oishi and Rump, "Error-free transformations of matrix multiplication", 2012). Products of slices are
added in a fixed order.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.numerics import products
from appliance.numerics.formats import F32, F64
from appliance.numerics.grids import find_units
from appliance.portable.arrays import refuse_overflow, to_same_floats
from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating[Any]]
    Doubles = NDArray[np.float64]


class Slices(NamedTuple):
    """How operands are cut: `2 * bits` and the bits of `piece` terms are at most 53.

    Attributes:
        bits: the size of a slice's whole numbers.
        piece: the longest inner dimension that is multiplied in one piece.
        pairs: which slices of left and right are multiplied; the smallest products come first.
    """

    bits: int
    piece: int
    pairs: tuple[tuple[int, int], ...]


_SINGLE = Slices(bits=23, piece=128, pairs=((0, 0),))
# What is left out is below 2**-60 of the largest product.
_DOUBLE = Slices(bits=21, piece=2048, pairs=((0, 2), (1, 1), (2, 0), (0, 1), (1, 0), (0, 0)))
_LARGEST = 2.0**F64.exponent_cap


def matmul(first: ArrayLike, second: ArrayLike, *, fast: bool = False) -> Any:  # noqa: ANN401 - as NumPy's
    """Return the matrix product, as `numpy.matmul` arranges vectors and stacks of matrices.

    Args:
        first: real numbers, shape (..., m, k) or (k,).
        second: real numbers, shape (..., k, n) or (k,).
        fast: take the product of trainings: float32 operands of 8 to 11 bits, float64 operands of 22 to 31 bits.

    Returns:
        float32 if both operands are, else float64; never -0. A row of the result depends on its own row of `first` and
        on `second` only, a column on its own column of `second` and on `first` only. With A the largest entry of
        the row and B that of the column, the error is at most `k * A * B * 2**-22` and one rounding (float32), or
        `k * A * B * 2**-60` and `5 + k / 2048` roundings of sums no larger than twice the sum of all |a b| (float64).

    Raises:
        NonFiniteError: an entry is NaN, infinite or at least 2**400 (fast: 2**50 in float32), or the product is too
            large for its format.
        UsageError: the operands are no real numbers, or their shapes do not fit.

    >>> matmul([[1.0, 2.0]], [[3.0], [4.0]]).tolist()
    [[11.0]]
    >>> float(matmul([1.0, 2.0], [3.0, 4.0]))
    11.0
    """
    a, b = to_same_floats(first, second)
    left, right = a if a.ndim != 1 else a[np.newaxis], b if b.ndim != 1 else b[:, np.newaxis]
    if not a.ndim or not b.ndim or left.shape[-1] != right.shape[-2] or not _fit(left.shape, right.shape):
        raise UsageError(
            "these operands have no product", expected="(..., m, k) and (..., k, n)", found=f"{a.shape}, {b.shape}"
        )
    if right.ndim == 2 and left.ndim > 2:  # noqa: PLR2004 - one product instead of many; rows do not depend on others
        rows = _multiply(left.reshape(math.prod(left.shape[:-1]), left.shape[-1]), right, fast=fast)
        product = rows.reshape(*left.shape[:-1], right.shape[1])
    else:
        product = _multiply(left, right, fast=fast)
    product = product[..., 0] if b.ndim == 1 else product
    product = (product[0] if b.ndim == 1 else product[..., 0, :]) if a.ndim == 1 else product
    return product[()]


def _fit(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    """Return whether the axes in front of the matrices broadcast."""
    pairs = zip(first[-3::-1], second[-3::-1], strict=False)
    return all(a == b or 1 in (a, b) for a, b in pairs)


def _multiply(left: Floats, right: Floats, *, fast: bool) -> Floats:
    if not fast:
        return multiply_accurately(left, right)
    if left.ndim == right.ndim == 2:  # noqa: PLR2004 - matrices
        return products.matmul(left, right)
    stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
    count = math.prod(stack)
    lefts = np.broadcast_to(left, (*stack, *left.shape[-2:])).reshape(count, *left.shape[-2:])
    rights = np.broadcast_to(right, (*stack, *right.shape[-2:])).reshape(count, *right.shape[-2:])
    out = np.empty((count, left.shape[-2], right.shape[-1]), dtype=left.dtype)
    for one, other, target in zip(lefts, rights, out, strict=True):
        target[...] = products.matmul(one, other)
    return out.reshape(*stack, *out.shape[1:])


def multiply_accurately(left: Floats, right: Floats) -> Floats:
    """Return the accurate product of stacks of matrices of one dtype that broadcast."""
    cut = _SINGLE if left.dtype == F32.dtype else _DOUBLE
    lefts, left_units = _cut_slices(left, -1, cut)
    rights, right_units = _cut_slices(right, -2, cut)
    total = np.zeros(())
    for i, j in cut.pairs:
        product = _multiply_pieces(lefts[i], rights[j], cut.piece)
        if i + j:
            np.multiply(product, 2.0 ** (-cut.bits * (i + j)), out=product)
        total = product if not total.ndim else np.add(total, product, out=total)
    np.multiply(total, left_units, out=total)
    np.multiply(total, right_units, out=total)
    np.add(total, 0.0, out=total)
    with np.errstate(over="ignore"):
        return refuse_overflow(total.astype(left.dtype, copy=False), "a product")


def _cut_slices(x: Floats, axis: int, cut: Slices) -> tuple[list[Doubles], Doubles]:
    """Return slices of whole numbers of at most so many bits, and the unit of the first one for each line.

    The unit of the next slice is 2**-bits times that of the one before it.
    """
    wide = x.astype(np.float64)
    sizes = np.maximum.reduce(np.abs(wide), axis=axis, keepdims=True, initial=0.0)
    if not bool(np.logical_and.reduce(sizes < _LARGEST, axis=None)):
        raise NonFiniteError("an entry is out of range", expected="below 2**400", found="NaN, infinity or more")
    units = find_units(sizes, cut.bits, F64)
    np.divide(wide, units, out=wide)
    slices: list[Doubles] = []
    for _ in range(cut.pairs[0][1] + 1):
        slices.append(np.rint(wide))
        if len(slices) <= cut.pairs[0][1]:
            np.subtract(wide, slices[-1], out=wide)
            np.multiply(wide, 2.0**cut.bits, out=wide)
    return slices, np.asarray(units, dtype=np.float64)


def _multiply_pieces(left: Doubles, right: Doubles, longest: int) -> Doubles:
    """Return the product of slices: the fewest equal pieces of the inner dimension, added from left to right."""
    length = left.shape[-1]
    size = -(-length // max(1, -(-length // longest))) or 1
    total: Doubles = np.matmul(left[..., :size], right[..., :size, :])
    for start in range(size, length, size):
        piece = slice(start, start + size)
        np.add(total, np.matmul(left[..., piece], right[..., piece, :]), out=total)
    return total
