"""Logarithms from IEEE operations only, each its own NumPy call.

Part of bits 2. The argument is a power of two times 1 + y; a polynomial in the square of y / (y + 2) does the rest.
Coefficients: interpolation at Chebyshev nodes in 60-digit arithmetic, rounded to float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.formats import format_of
from appliance.numerics.functions import LN2_HIGH, LN2_LOW, evaluate_series
from appliance.numerics.piecewise import list_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

_SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")
_LOG_SERIES = tuple(
    np.float64(float.fromhex(text))
    for text in (
        "0x1.0c04595972ab8p-3 0x1.0fbe83c2cbcf3p-3 0x1.3b1c360763b8ap-3 0x1.745cf901605f7p-3 0x1.c71c720160b47p-3"
        " 0x1.2492492476c87p-2 0x1.9999999999a38p-2 0x1.5555555555555p-1"
    ).split()
)


def log(x: Floats) -> Floats:
    """Return the natural logarithm, same shape and dtype (float32 or float64), the same bits on every machine.

    Zero gives -inf, negative arguments NaN. float32 is computed in float64 and rounded once more.
    docs/numerics.md has the measured worst errors, for normal arguments.

    >>> import numpy as np
    >>> log(np.array([1.0, 10.0])).tolist()
    [0.0, 2.302585092994046]
    """
    format_of(x)
    result = np.empty_like(x)
    for argument, target in list_blocks(x, result):
        np.copyto(target, _find_logarithms(argument.astype(np.float64)), casting="same_kind")
    return result


def _find_logarithms(x: NDArray[np.float64]) -> NDArray[np.float64]:
    fraction, exponent = np.frexp(x)
    low = fraction < _SQRT_HALF
    fraction = np.where(low, fraction * 2.0, fraction)
    turns = np.where(low, exponent - 1, exponent).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        above = fraction - 1.0
        ratio = above / (above + 2.0)
        square = ratio * ratio
        half = above * above * 0.5
        tail = half + evaluate_series(square, _LOG_SERIES) * square
        tail = half - (ratio * tail + turns * LN2_LOW)
        result = np.asarray(turns * LN2_HIGH - (tail - above))
    result[x == 0.0] = -np.inf
    result[x < 0.0] = np.nan
    result[x == np.inf] = np.inf
    return result


def log1p(x: Floats) -> Floats:
    """Return log(1 + x), precise also near 0, same shape and dtype (float32 or float64).

    With u = 1 + x it is `log(u) + (x - (u - 1)) / u`, and x itself where u is 1 or infinite. -1 gives -inf, smaller
    arguments NaN. float32 is computed in float64 and rounded once more.

    >>> import numpy as np
    >>> log1p(np.array([0.0, 1e-10])).tolist()
    [0.0, 9.999999999500001e-11]
    """
    format_of(x)
    result = np.empty_like(x)
    for argument, target in list_blocks(x, result):
        np.copyto(target, _find_logarithms_above(argument.astype(np.float64)), casting="same_kind")
    return result


def _find_logarithms_above(wide: NDArray[np.float64]) -> NDArray[np.float64]:
    above = 1.0 + wide
    with np.errstate(invalid="ignore", divide="ignore"):
        rest = wide - (above - 1.0)
        result: NDArray[np.float64] = np.asarray(_find_logarithms(above) + rest / above)
    kept = (above == 1.0) | (above == np.inf)
    result[kept] = wide[kept]
    result[above == 0.0] = -np.inf
    return result
