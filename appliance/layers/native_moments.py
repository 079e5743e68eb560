"""Rows or columns standardised in plain NumPy, for comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from appliance.layers.layer import Floats
    from appliance.numerics.plans import Do


def _average(x: Floats, axis: int, do: Do) -> Floats:
    means = np.empty(np.delete(x.shape, axis), dtype=x.dtype)
    do("add.reduce", x, axis, None, means)
    do("divide", means, x.dtype.type(x.shape[axis]), means)
    return means


def standardize_native(x: Floats, axis: int, epsilon: float, do: Do) -> tuple[Floats, Floats, Floats]:
    """Standardise x (r, n) over one axis, in place; return means, variances and inverse deviations."""
    squares = np.empty_like(x)
    means = _average(x, axis, do)
    do("subtract", x, np.expand_dims(means, axis), x)
    do("multiply", x, x, squares)
    variances, inverses = _average(squares, axis, do), np.empty_like(means)
    do("add", variances, x.dtype.type(epsilon), inverses)
    do("sqrt", inverses, inverses)
    do("divide", x.dtype.type(1.0), inverses, inverses)
    do("multiply", x, np.expand_dims(inverses, axis), x)
    return means, variances, inverses


def differentiate_native(dy: Floats, normal: Floats, inverses: Floats, axis: int, do: Do) -> None:
    """Turn the gradient dy (r, n) of standardised values into that of the values, in place."""
    products = np.empty_like(dy)
    means = _average(dy, axis, do)
    do("multiply", dy, normal, products)
    slopes = _average(products, axis, do)
    do("multiply", normal, np.expand_dims(slopes, axis), products)
    do("subtract", dy, np.expand_dims(means, axis), dy)
    do("subtract", dy, products, dy)
    do("multiply", dy, np.expand_dims(inverses, axis), dy)
