"""NumPy's everyday functions with the same bits on every machine, for people's own code.

Values are lists or arrays of any shape; float32 stays float32, all other real numbers become float64. docs/library.md
has a table of all functions with error bounds and costs. The import fails on a processor that rounds float64 twice.

>>> from appliance import portable
>>> float(portable.sum([0.1] * 10))
1.0
"""

from appliance.portable.functions import (
    cos,
    erf,
    exp,
    expm1,
    gelu,
    log,
    log1p,
    log_softmax,
    logsumexp,
    sigmoid,
    sin,
    softmax,
    sqrt,
    tanh,
)
from appliance.portable.orders import argmax, argmin, argsort, max, min, sort  # noqa: A004 - as NumPy's
from appliance.portable.precision import require_single_rounding
from appliance.portable.products import matmul
from appliance.portable.sums import cumsum, dot, mean, norm, std, sum, var  # noqa: A004 - as NumPy's

require_single_rounding()

__all__ = [
    "argmax",
    "argmin",
    "argsort",
    "cos",
    "cumsum",
    "dot",
    "erf",
    "exp",
    "expm1",
    "gelu",
    "log",
    "log1p",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "norm",
    "sigmoid",
    "sin",
    "softmax",
    "sort",
    "sqrt",
    "std",
    "sum",
    "tanh",
    "var",
]
