"""Checks exact products without tolerance, each in the time of a few matrix-vector products.

Freivalds ("Probabilistic machines can use less running time", IFIP Congress 1977): for random signs r, C = A B implies
C r = A (B r). A wrong product is found with a probability of at least 1/2, one wrong element always. The operands of
portable products are whole numbers of a unit, so both sides can be computed exactly in float64 and compared.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.conformance.words import describe_blas, describe_product
from verify.errors import CouldNotJudgeError
from verify.host.probes import make_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Doubles = NDArray[np.float64]

_POOL = 1 << 16  # signs that are drawn once; each check begins at another place
_STRIDE = 7919
_HALF = 26  # bits of each half of a float64 number
_LARGEST_SCALE = 1000  # as an exponent of two; all units of portable arithmetic are well inside
MATRIX = 2  # dimensions
_PIECE = 1 << 15  # entries that are converted at a time, so that they stay in the cache of a processor
_WIDE = 256  # columns with which a reduction over rows is fast


class ExactChecker:
    """Checks products and sums that must be exact, and counts them.

    Args:
        always: check every product and sum; False to check those of each plan at its first run only.

    Attributes:
        checked: how many were checked.
    """

    def __init__(self, *, always: bool) -> None:
        self.always = always
        self.checked = 0
        self._signs = np.where(make_values(2 * _POOL, -1.0, 1.0, np.float64) < 0.0, -1.0, 1.0)

    def check(self, operation: str | None, arguments: tuple[Any, ...]) -> None:
        """Check an operation that a plan has carried out, if it is a product or a sum.

        Raises:
            CouldNotJudgeError: its result is wrong, so this host cannot give portable results.
        """
        if operation == "matmul":
            self.check_product(*arguments)
        elif operation == "add.reduce":
            self.check_sum(arguments[0], arguments[3])

    def check_sum(self, x: Floats, out: Floats) -> None:
        """Check that out (n,) holds the column sums of x (m, n), each column on a grid of its own.

        Raises:
            CouldNotJudgeError: it does not.
        """
        self.checked += 1
        if is_wrong_sum(x, out) and np.isfinite(x).all():
            raise CouldNotJudgeError(
                "a sum is wrong on this host",
                expected="the exact sum: all partial sums fit into the format",
                found=f"{len(x)} rows of {x.shape[1]} in {x.dtype}",
                where=f"NumPy {np.__version__}",
                remedy="use another build of NumPy; repro-appliance certify probes this one",
            )

    def check_product(self, left: Floats, right: Floats, out: Floats) -> None:
        """Check that out (m, n) is the product of left (m, k), whole numbers, and right (k, n).

        Each column of right is on a grid of its own. Arrays of three dimensions are stacks of products.

        Raises:
            CouldNotJudgeError: it is not, so this host cannot give portable results.
        """
        if out.ndim > MATRIX:
            for operands in zip(left, right, out, strict=True):
                self.check_product(*operands)
            return
        start = self.checked * _STRIDE % _POOL
        self.checked += 1
        signs = self._draw_signs(start, out.shape[1])
        if is_wrong(left, right, out, signs) and np.isfinite(left).all() and np.isfinite(right).all():
            raise CouldNotJudgeError(
                "a matrix product is wrong on this host",
                expected="the exact product: all partial sums fit into the format",
                found=describe_product(left, right),
                where=describe_blas(),
                remedy="use another build of BLAS; repro-appliance certify probes this one",
            )

    def _draw_signs(self, start: int, count: int) -> Doubles:
        if count > _POOL:
            return np.resize(self._signs, count)
        return self._signs[start : start + count]


def is_wrong(
    left: Floats, right: Floats, out: Floats, signs: Doubles, left_bits: tuple[int, int] | None = None
) -> bool:
    """Return whether C r differs from A (B r), for signs r of shape (n,).

    The entries of A are whole numbers of a unit. `left_bits` are the fewest bits that the largest of them can have in
    the budget of this product, and the most; None for 8 and those that they have, for a unit of 1. Columns of B have
    units of their own, so that those of different sizes are brought to one size first, by powers of two in r.
    """
    scales = _find_scales(right)
    if out.dtype == np.float32:
        # At most 2**24 units times n: exact in float64.
        scales *= signs
        return not np.array_equal(_multiply(left, _multiply(right, scales)), _multiply(out, scales))
    fewest, most = left_bits or (8, math.frexp(_find_largest(left))[1])
    # Entries of B are at most 2**53 / (2**fewest k) units; then B r is exact as it is.
    if right.shape[1] <= len(right) << fewest:
        vectors = [np.matmul(right, signs * scales)]
    else:
        vectors = [np.matmul(half, signs) for half in _halve(right, scales)]
    bits = max(2, 53 - most - len(right).bit_length())
    digits = [digit for vector in vectors for digit in _cut(vector, bits)]
    terms = [np.matmul(left, digit) for digit in digits]
    terms += [-np.matmul(half, signs) for half in _halve(out, scales)]
    return not _sum_to_zero(terms)


def is_wrong_sum(x: Floats, out: Floats) -> bool:
    """Return whether out (n,) differs from the exact column sums of x (m, n)."""
    if x.dtype == np.float32:
        # At most 2**24 units: exact in float64, in any order.
        return not np.array_equal(_multiply(x.reshape(len(x), out.size).T, np.ones(len(x))), out.ravel())
    scales = _find_scales(x)
    halves = [np.add.reduce(half[::-1], axis=0) for half in _halve(x, scales)]
    return not _sum_to_zero([*halves, -(out * scales)])


def _multiply(x: Floats, vector: Doubles) -> Doubles:
    """Return the product of a matrix and a vector in float64, in pieces of x that are whole in memory.

    It is exact in any order where this is used.
    """
    rows, columns = x.shape
    if x.size <= _PIECE:
        return np.asarray(np.matmul(x, vector))
    if abs(x.strides[0]) >= abs(x.strides[1]):
        step = max(1, _PIECE // columns)
        return np.concatenate([np.matmul(x[i : i + step], vector) for i in range(0, rows, step)])
    step, total = max(1, _PIECE // rows), np.zeros(rows)
    for i in range(0, columns, step):
        total += np.matmul(vector[i : i + step], x.T[i : i + step])
    return total


def _find_scales(x: Floats) -> Doubles:
    """Return a power of two for each column of x, with which its largest magnitude is below 1 and at least 1/2."""
    rows, columns = len(x), math.prod(x.shape[1:])
    fold = _WIDE // max(columns, 1)
    if fold > 1 and rows > _WIDE and x.flags.c_contiguous:
        # Several rows as one: a reduction over few columns is slow.
        whole = rows - rows % fold
        ends = [find(x[:whole].reshape(-1, fold * columns), axis=0) for find in (np.maximum.reduce, np.minimum.reduce)]
        x = np.concatenate([*(end.reshape(fold, *x.shape[1:]) for end in ends), x[whole:]])
    largest = np.maximum(np.maximum.reduce(x, axis=0, initial=0.0), -np.minimum.reduce(x, axis=0, initial=0.0))
    exponents = np.where(np.isfinite(largest), np.frexp(largest)[1], 0)
    return np.asarray(np.ldexp(np.float64(1.0), -np.clip(exponents, -_LARGEST_SCALE, _LARGEST_SCALE)))


def _halve(x: Floats, scales: Doubles) -> tuple[Doubles, Doubles]:
    """Return two arrays with the sum x * scales, of entries of at most 27 bits; they are valid until the next call."""
    high, low = (_take_scratch(name, x.shape) for name in ("high", "low"))
    np.multiply(x, scales, out=low)
    constant = _find_constant(low, 53 - _HALF)
    np.add(low, constant, out=high)
    np.subtract(high, constant, out=high)
    np.subtract(low, high, out=low)
    return high, low


@lru_cache(maxsize=8)
def _take_scratch(name: str, shape: tuple[int, ...]) -> Doubles:  # noqa: ARG001 - each name has memory of its own
    """Return memory that is used again, because fresh memory costs more than the arithmetic."""
    return np.empty(shape, dtype=np.float64)


def _find_constant(x: Floats, bits: int) -> float:
    """Return what, added and subtracted, rounds off the lowest `bits` of 53 bits below the largest magnitude of x."""
    largest = _find_largest(x)
    return math.ldexp(1.5, math.frexp(largest)[1] + bits) if 0.0 < largest < np.inf else 0.0


def _find_largest(x: Floats) -> float:
    """Return the largest magnitude in x, of any shape; 0 where there is none."""
    if not x.size:
        return 0.0
    return max(float(np.maximum.reduce(x, axis=None)), -float(np.minimum.reduce(x, axis=None)))


def _round_off(x: Doubles, bits: int) -> Doubles:
    """Round x so that the lowest `bits` of 53 bits below its largest magnitude are zero."""
    constant = _find_constant(x, bits)
    return np.asarray((x + constant) - constant)


def _cut(vector: Doubles, bits: int) -> list[Doubles]:
    """Return vectors of at most that many bits, and a sign, with the sum of the vector."""
    digits, rest = [], vector
    while rest.any() and np.isfinite(rest).all():
        digit = _round_off(rest, 53 - bits)
        digits.append(digit)
        rest = rest - digit
    return digits or [vector]


def _sum_to_zero(terms: list[Doubles]) -> bool:
    """Return whether the exact sum of some vectors, multiples of one unit, is zero in every entry."""
    stacked = np.array(terms)
    constant = _find_constant(stacked, 53 - _HALF)
    if not constant:
        return not stacked.any()  # a NaN is not zero
    high = (stacked + constant) - constant
    return bool((np.add.reduce(high) == -np.add.reduce(stacked - high)).all())
