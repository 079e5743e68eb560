"""Functions of every entry, softmax and its kin, on lists and arrays of any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics import activations, angles, functions, logarithms, quotients
from appliance.portable.arrays import Axis, cut_lines, map_lines, to_floats
from appliance.portable.rounded_sums import add_lines
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating[Any]]
    Doubles = NDArray[np.float64]

# From here downwards gelu is 0, also at -inf.
_LOWEST = -64.0


def _apply(function: Callable[[Floats], Floats], values: ArrayLike) -> Any:  # noqa: ANN401 - an array or a scalar
    with np.errstate(invalid="ignore"):
        return function(to_floats(values))[()]


def exp(values: ArrayLike) -> Any:  # noqa: ANN401 - as NumPy's
    """Return e**x of every entry.

    Below -87 (float32) or -708 (float64) the result is 0, above 88 or 709 infinite. NaN stays NaN.

    >>> exp([0.0, 1.0]).tolist()
    [1.0, 2.7182818284590455]
    """
    return _apply(functions.exp, values)


def expm1(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return e**x - 1 of every entry, precise also near 0; arguments beyond the limits of `exp` count as the limit.

    >>> expm1([0.0, 1e-10]).tolist()
    [0.0, 1.00000000005e-10]
    """
    return _apply(functions.expm1, values)


def log(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return the natural logarithm of every entry; 0 gives -inf, negative numbers NaN.

    >>> log([1.0, 10.0]).tolist()
    [0.0, 2.302585092994046]
    """
    return _apply(logarithms.log, values)


def log1p(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return log(1 + x) of every entry, precise also near 0; -1 gives -inf, smaller numbers NaN.

    >>> log1p([0.0, 1e-10]).tolist()
    [0.0, 9.999999999500001e-11]
    """
    return _apply(logarithms.log1p, values)


def sqrt(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return the correctly rounded square root of every entry; negative numbers give NaN.

    >>> sqrt([4.0, 2.0]).tolist()
    [2.0, 1.4142135623730951]
    """
    return _apply(lambda x: quotients.sqrt_rounded(x, np.empty_like(x)), values)


def tanh(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return the hyperbolic tangent of every entry.

    >>> tanh([0.0, 1.0]).tolist()
    [0.0, 0.7615941559557649]
    """
    return _apply(activations.tanh, values)


def sigmoid(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return 1 / (1 + e**-x) of every entry; it is never 0.

    >>> sigmoid([0.0, 2.0]).tolist()
    [0.5, 0.8807970779778824]
    """
    return _apply(activations.sigmoid, values)


def erf(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return the error function of every entry.

    >>> erf([0.0, 1.0]).tolist()
    [0.0, 0.8427007929497149]
    """
    return _apply(activations.erf, values)


def gelu(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return `x * (1 + erf(x / sqrt(2))) / 2` of every entry, 0 below about -8 (float32) or -12 (float64).

    >>> gelu([-1.0, 2.0]).tolist()
    [-0.15865525393145705, 1.9544997361036416]
    """
    return _apply(lambda x: activations.gelu(np.maximum(x, x.dtype.type(_LOWEST))), values)


def sin(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return the sine of every entry.

    Raises:
        NonFiniteError: an entry is NaN or larger than 2**18 in size.

    >>> sin([0.0, 0.5]).tolist()
    [0.0, 0.479425538604203]
    """
    return _apply(angles.sin, values)


def cos(values: ArrayLike) -> Any:  # noqa: ANN401
    """Return the cosine of every entry.

    Raises:
        NonFiniteError: an entry is NaN or larger than 2**18 in size.

    >>> cos([0.0, 0.5]).tolist()
    [1.0, 0.8775825618903728]
    """
    return _apply(angles.cos, values)


def softmax(values: ArrayLike, axis: Axis = -1) -> Any:  # noqa: ANN401
    """Return e**x over the sum of e**x along one axis or several; computed in float64, sums correctly rounded.

    Raises:
        NonFiniteError: a line along the axis has a NaN, +inf, or nothing but -inf.

    >>> softmax([[0.0, 0.0], [0.0, 1.0]]).tolist()
    [[0.5, 0.5], [0.2689414213699951, 0.7310585786300049]]
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)

    def find(line: Floats) -> Floats:
        terms, _, sums = _find_terms(line)
        return np.divide(terms, sums, out=terms)

    return lines.put_back(map_lines(find, lines.values, np.empty(lines.values.shape, x.dtype)))


def log_softmax(values: ArrayLike, axis: Axis = -1) -> Any:  # noqa: ANN401
    """Return the logarithm of `softmax`, precise also where that is tiny; errors as there.

    >>> log_softmax([0.0, 0.0]).tolist()
    [-0.6931471805599453, -0.6931471805599453]
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)

    def find(line: Floats) -> Floats:
        terms, highest, sums = _find_terms(line)
        np.subtract(line, highest, out=terms)
        return np.subtract(terms, logarithms.log(sums), out=terms)

    return lines.put_back(map_lines(find, lines.values, np.empty(lines.values.shape, x.dtype)))


def logsumexp(values: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Any:  # noqa: ANN401
    """Return log(sum(e**x)) of all entries or along axes, without overflow; errors as of `softmax`.

    >>> float(logsumexp([1000.0, 1000.0]))
    1000.6931471805599
    """
    x = to_floats(values)
    lines = cut_lines(x, axis)
    outer, _, inner = lines.values.shape

    def find(line: Floats) -> Floats:
        _, highest, sums = _find_terms(line)
        return np.add(logarithms.log(sums), highest, out=sums)

    result = map_lines(find, lines.values, np.empty((outer, 1, inner), x.dtype))[:, 0]
    return lines.finish(result, keepdims=keepdims)


def _find_terms(line: Floats) -> tuple[Doubles, Doubles, Doubles]:
    """Return e**(x - highest), the highest of each line, and the lines' sums, all in float64."""
    wide = line.astype(np.float64)
    highest = np.maximum.reduce(wide, axis=1, keepdims=True, initial=-np.inf)
    if not bool(np.logical_and.reduce(np.isfinite(highest), axis=None)):
        raise NonFiniteError(
            "a line has no softmax", expected="a finite largest entry", found="NaN, infinity or nothing"
        )
    terms = np.asarray(functions.exp(np.subtract(wide, highest, out=wide)), dtype=np.float64)
    sums = np.asarray(add_lines(terms, np.dtype(np.float64)), dtype=np.float64)
    return terms, highest, sums[:, np.newaxis]
