"""Sums, means, variances, norms, dot products and running sums of arrays, from correctly rounded sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from appliance.numerics.quotients import sqrt_rounded
from appliance.portable.arrays import Axis, Lines, cut_lines, map_lines, name_axis, narrow, to_floats, to_same_floats
from appliance.portable.rounded_sums import accumulate_lines, add_first_slices, add_lines
from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating[Any]]
    Doubles = NDArray[np.float64]

_WIDE = np.dtype(np.float64)
# Splits a float64 into halves of 26 bits (Veltkamp).
_SPLITTER = 2.0**27 + 1.0


def sum(values: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Any:  # noqa: A001, ANN401 - as NumPy's
    """Return the correctly rounded sum of all entries, or along axes, as `numpy.sum` arranges them.

    Args:
        values: real numbers of any shape; float32 stays float32, all else is float64.
        axis: one axis, several, or None for all.
        keepdims: whether summed axes stay with length 1.

    Returns:
        The number of the format nearest to the exact sum, ties to even; never -0. What is finer than 2**-960 is
        rounded to it first.

    Raises:
        NonFiniteError: an entry is NaN, infinite or at least 2**960, or the sum is too large for its format.
        UsageError: the values are no real numbers, or an axis does not exist.

    >>> float(sum([0.1] * 10))
    1.0
    >>> sum([[1e100, 1.0], [-1e100, 1.0]], axis=0)
    array([0., 2.])
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)
    return lines.finish(add_lines(lines.values, x.dtype), keepdims=keepdims)


def mean(values: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Any:  # noqa: ANN401 - as NumPy's
    """Return the sum, rounded to float64, over the count, with one rounding more; arguments and errors as of `sum`.

    Raises:
        UsageError: there is nothing to take a mean of.

    >>> float(mean([1.0, 2.0, 6.0]))
    3.0
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)
    return lines.finish(_find_means(lines.values).astype(x.dtype), keepdims=keepdims)


def var(values: ArrayLike, axis: Axis = None, *, ddof: int = 0, keepdims: bool = False) -> Any:  # noqa: ANN401
    """Return the variance: the mean square of deviations from the mean, over `n - ddof`; all else as `sum`.

    Deviations d and their squares are rounded to float64; the result is `(sum(d * d) - sum(d)**2 / n) / (n - ddof)`.
    Squares are added as in `sum`, so deviations lose digits below about 1e-137, and from 2**480 on they are refused.

    >>> float(var([1.0, 2.0, 3.0, 4.0]))
    1.25
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)
    return lines.finish(narrow(_map_variances(lines, ddof), x.dtype, "a variance"), keepdims=keepdims)


def std(values: ArrayLike, axis: Axis = None, *, ddof: int = 0, keepdims: bool = False) -> Any:  # noqa: ANN401
    """Return the square root of the variance; all else as `var`.

    >>> float(std([1.0, 3.0]))
    1.0
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)
    return lines.finish(narrow(_find_roots(_map_variances(lines, ddof)), x.dtype, "a deviation"), keepdims=keepdims)


def norm(values: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Any:  # noqa: ANN401 - as NumPy's
    """Return the Euclidean norm, the root of the sum of squares, of all entries or along axes; all else as `sum`.

    Entries are divided by a power of two before they are squared, so that no square is too large or too small.

    >>> float(norm([3.0, 4.0]))
    5.0
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)
    if not lines.values.shape[1]:
        return lines.finish(add_lines(lines.values, x.dtype), keepdims=keepdims)
    outer, _, inner = lines.values.shape
    norms = map_lines(_find_norms, lines.values, np.empty((outer, 1, inner)))[:, 0]
    return lines.finish(narrow(norms, x.dtype, "a norm"), keepdims=keepdims)


def dot(first: ArrayLike, second: ArrayLike) -> Any:  # noqa: ANN401 - as NumPy's
    """Return the correctly rounded dot product of two vectors of one length; for matrices there is `matmul`.

    In float64, products and what rounding took from them are rounded to multiples of 2**-960 first, as in `sum`.

    Raises:
        NonFiniteError: an entry is NaN, infinite or at least 2**400, or the product is too large for its format.
        UsageError: the operands are no vectors of one length.

    >>> float(dot([1e20, 1.0, -1e20], [1.0, 2.0, 1.0]))
    2.0
    """
    a, b = to_same_floats(first, second)
    if a.ndim != 1 or a.shape != b.shape:
        raise UsageError(
            "these operands have no dot product", expected="two vectors of one length", found=f"{a.shape}, {b.shape}"
        )
    left, right = a.astype(np.float64), b.astype(np.float64)
    if not bool(np.logical_and.reduce((np.abs(left) < 2.0**400) & (np.abs(right) < 2.0**400))):
        raise NonFiniteError("an entry is out of range", expected="below 2**400", found="NaN, infinity or more")
    if a.dtype == np.float32:  # these products are exact
        return add_lines((left * right).reshape(1, -1, 1), a.dtype)[0, 0]
    both = np.concatenate(_multiply_with_error(left, right)).reshape(1, -1, 1)
    return add_lines(both, a.dtype)[0, 0]


def cumsum(values: ArrayLike, axis: SupportsIndex | None = None) -> Floats:
    """Return the correctly rounded sums of the first 1, 2, ... entries along an axis, of the flat array without one.

    Errors as of `sum`.

    >>> cumsum([0.1, 0.2, 0.3, -0.3]).tolist()
    [0.1, 0.30000000000000004, 0.6, 0.30000000000000004]
    """
    x = to_floats(values)
    along = name_axis(x.ndim, axis)
    flat = x.reshape(-1) if along is None else x
    lines = cut_lines(flat, 0 if along is None else along)
    return accumulate_lines(lines.values, x.dtype).reshape(flat.shape)


def _find_means(values: Floats) -> Doubles:
    count = values.shape[1]
    if not count:
        raise UsageError("nothing has no mean", expected="at least one entry", found="none")
    return np.asarray(add_lines(values, _WIDE) / float(count), dtype=np.float64)


def _map_variances(lines: Lines, ddof: int) -> Doubles:
    outer, count, inner = lines.values.shape
    if count <= ddof:
        raise UsageError("too few entries for a variance", expected=f"more than {ddof}", found=count)
    out = np.empty((outer, 1, inner))
    with np.errstate(over="ignore"):  # squares that are too large are refused as addends
        map_lines(lambda values: _find_variances(values, ddof)[:, np.newaxis], lines.values, out)
    return out[:, 0]


def _find_variances(values: Floats, ddof: int) -> Doubles:
    count = float(values.shape[1])
    deviations = values.astype(np.float64)
    np.subtract(deviations, _find_means(values)[:, np.newaxis], out=deviations)
    rest = add_first_slices(deviations)
    squares = add_lines(np.multiply(deviations, deviations, out=deviations), _WIDE)
    return np.maximum((squares - rest * rest / count) / (count - ddof), 0.0)


def _find_norms(values: Floats) -> Doubles:
    wide = values.astype(np.float64)
    sizes = np.maximum(np.maximum.reduce(wide, axis=1), -np.minimum.reduce(wide, axis=1))
    if not bool(np.logical_and.reduce(np.isfinite(sizes), axis=None)):
        raise NonFiniteError("an entry has no norm", expected="finite numbers", found="NaN or infinity")
    scales = np.ldexp(1.0, np.minimum(np.frexp(sizes)[1], np.int32(1023)))
    np.divide(wide, scales[:, np.newaxis], out=wide)
    squares = add_lines(np.multiply(wide, wide, out=wide), _WIDE)
    with np.errstate(over="ignore"):
        norms: Doubles = _find_roots(squares) * scales
    return norms[:, np.newaxis]


def _find_roots(x: Floats) -> Doubles:
    return np.asarray(sqrt_rounded(x, np.empty(x.shape)))


def _multiply_with_error(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    """Return rounded products and what rounding took away (Dekker)."""
    product = a * b
    (a_high, a_low), (b_high, b_low) = _halve(a), _halve(b)
    error = ((a_high * b_high - product) + a_high * b_low) + a_low * b_high
    return product, error + a_low * b_low


def _halve(x: Doubles) -> tuple[Doubles, Doubles]:
    moved = x * _SPLITTER
    high = moved - (moved - x)
    return high, x - high
