"""Columns shifted to the mean 0 with the variance 1, forwards or backwards.

Part of bits 2. All in float64, with exact sums; batch normalisation and layer normalisation are made of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.numerics.column_sums import average_columns
from appliance.numerics.quotients import find_inverse_roots

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.column_sums import Whole
    from appliance.numerics.plans import Do
    from appliance.numerics.workspace import Workspace

    Floats = NDArray[np.floating[Any]]


class Moments(NamedTuple):
    """Of columns: means, variances (the mean of squares), and 1 / sqrt(variance + epsilon), each (n,)."""

    means: Floats
    variances: Floats
    inverses: Floats


def make_moments(count: int) -> Moments:
    """Return arrays for the moments of so many columns."""
    return Moments(np.empty(count), np.empty(count), np.empty(count))


def find_moments(
    x: Floats, moments: Moments, epsilon: float, work: Workspace, do: Do, whole: Whole | None = None
) -> None:
    """Compute the moments of x (k, n), or of the whole of which x is a part; subtract the means from x, in place."""
    spare, squares = work.take_like("spare", x), work.take_like("squares", x)
    average_columns(x, moments.means, spare, do, whole)
    do("subtract", x, moments.means, x)
    do("multiply", x, x, squares)
    average_columns(squares, moments.variances, spare, do, whole)
    find_inverses(moments, epsilon, do)


def find_inverses(moments: Moments, epsilon: float, do: Do) -> None:
    """Compute 1 / sqrt(variance + epsilon)."""
    do("add", moments.variances, epsilon, moments.inverses)
    find_inverse_roots(moments.inverses, moments.inverses, do)


def differentiate(
    dy: Floats, normal: Floats, inverses: Floats, work: Workspace, do: Do, whole: Whole | None = None
) -> None:
    """Turn the gradient dy (k, n) of standardised columns into that of the columns, in place.

    With the means over a column, `dx = (dy - mean(dy) - normal * mean(dy * normal)) * inverse`.

    Args:
        dy: overwritten.
        normal: the standardised columns (k, n), in the format of the training.
        inverses: (n,); of the columns.
        work: scratch.
        do: carries out the operations, or lists them.
        whole: the rows that dy has a part of; None where it has all.
    """
    spare, products = work.take_like("spare", dy), work.take_like("squares", dy)
    means, slopes = np.empty(dy.shape[1]), np.empty(dy.shape[1])
    average_columns(dy, means, spare, do, whole)
    do("multiply", dy, normal, products)
    average_columns(products, slopes, spare, do, whole)
    do("multiply", normal, slopes, products)
    do("subtract", dy, means, dy)
    do("subtract", dy, products, dy)
    do("multiply", dy, inverses, dy)
