"""Smooth activations of layers with their slopes, from IEEE operations only.

Part of bits 2. tanh, erf and the normal distribution are Taylor series around the rows of a table; the sigmoid is a
quotient. All of these can be listed in plans. docs/numerics.md has the measured worst errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.formats import format_of
from appliance.numerics.functions import exp_limited
from appliance.numerics.piecewise import Scratch, evaluate_block, evaluate_table, list_blocks
from appliance.numerics.plans import NOW
from appliance.numerics.quotients import divide_rounded
from appliance.numerics.tables import make_erf_table, make_gelu_slope_table, make_normal_table, make_tanh_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


def tanh(x: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write the hyperbolic tangent of x (any shape, float32 or float64) into out, which may be x; return out.

    From 9.25 (float32) or 19.25 (float64) on the result is 1. NaN stays NaN, with NumPy's warning.

    >>> import numpy as np
    >>> tanh(np.array([0.0, 1.0])).tolist()
    [0.0, 0.7615941559557649]
    """
    return evaluate_table(x, make_tanh_table(format_of(x)), out, do)


def tanh_slope(y: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write the derivative of tanh, `1 - y * y`, for y = tanh(x) into out, which may be y; return out."""
    out = np.empty_like(y) if out is None else out
    do("multiply", y, y, out)
    do("subtract", y.dtype.type(1.0), out, out)
    return out


def sigmoid(x: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write `1 / (1 + e**-x)` of x (any shape, float32 or float64) into out, which may be x; return out.

    It is computed as `t / (1 + t)` with t = e**x. Arguments below -87 (float32) or -708 (float64) count as that, so
    the result is never 0. NaN stays NaN, with NumPy's warning.

    >>> import numpy as np
    >>> sigmoid(np.array([0.0, 2.0])).tolist()
    [0.5, 0.8807970779778824]
    """
    out = np.empty_like(x) if out is None else out
    scratch, one = Scratch(x.dtype), x.dtype.type(1.0)
    for argument, target in list_blocks(x, out):
        powers, below = scratch.take("powers", argument.shape), scratch.take("below", argument.shape)
        exp_limited(argument, powers, do)
        do("add", powers, one, below)
        divide_rounded(powers, below, target, do)
    return out


def sigmoid_slope(y: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write the derivative of the sigmoid, `y * (1 - y)`, for y = sigmoid(x) into out, another array; return out."""
    out = np.empty_like(y) if out is None else out
    do("subtract", y.dtype.type(1.0), y, out)
    do("multiply", out, y, out)
    return out


def erf(x: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write the error function of x (any shape, float32 or float64) into out, which may be x; return out.

    From 4 (float32) or 6 (float64) on the result is 1. NaN stays NaN, with NumPy's warning.

    >>> import numpy as np
    >>> erf(np.array([0.0, 1.0])).tolist()
    [0.0, 0.8427007929497149]
    """
    return evaluate_table(x, make_erf_table(format_of(x)), out, do)


def normal_distribution(x: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write `(1 + erf(x / sqrt(2))) / 2` of x (any shape, float32 or float64) into out, which may be x; return out.

    From about -8 (float32) or -12 (float64) downwards it is 0. NaN stays NaN, with NumPy's warning.

    >>> import numpy as np
    >>> normal_distribution(np.array([0.0, 1.0])).tolist()
    [0.5, 0.8413447460685429]
    """
    return evaluate_table(x, make_normal_table(format_of(x)), out, do)


def gelu(x: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write `x * normal_distribution(x)` into out, which may be x; return out. Never -0.

    This is GELU in its exact form, PyTorch's default (Hendrycks and Gimpel, "Gaussian error linear units", 2016).

    >>> import numpy as np
    >>> gelu(np.array([-1.0, 0.0, 2.0])).tolist()
    [-0.15865525393145705, 0.0, 1.9544997361036416]
    """
    out = np.empty_like(x) if out is None else out
    table, scratch, zero = make_normal_table(format_of(x)), Scratch(x.dtype), x.dtype.type(0.0)
    for argument, target in list_blocks(x, out):
        share = scratch.take("share", argument.shape)
        evaluate_block(argument, table, share, scratch, do)
        do("multiply", argument, share, target)
        do("add", target, zero, target)
    return out


def gelu_slope(x: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write the derivative of gelu at x into out, which may be x; return out.

    It has a table of its own. From -8 (float32) or -12 (float64) downwards it is 0. NaN stays NaN, with NumPy's
    warning.

    >>> import numpy as np
    >>> gelu_slope(np.array([0.0, 1.0])).tolist()
    [0.5, 1.0833154705876864]
    """
    return evaluate_table(x, make_gelu_slope_table(format_of(x)), out, do)
