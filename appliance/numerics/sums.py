"""Sums that are exact on a grid, hence independent of order, blocking and axis layout.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.formats import F64
from appliance.numerics.grids import find_exponent, find_magnitude, round_to_grid
from appliance.numerics.plans import NOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


def add_rows(x: Floats, out: Floats, do: Do = NOW) -> Floats:
    """Add the rows of values that already share a grid: x (m, n) into out (n,), exact while the total is."""
    do("add.reduce", x, 0, None, out)
    return out


def limit_addends(count: int, fmt: Format) -> int:
    """Return how large an addend may be, in units, for a sum of `count` of them to stay exact.

    Never more than 2**(significand - 2), up to which rounding to the grid leaves whole units.
    """
    return min((1 << fmt.significand) // max(count, 1), 1 << (fmt.significand - 2))


def sum_on_grid(x: Floats) -> float:
    """Return the sum of all entries of x (any shape, float32 or float64), each rounded to one float64 grid first.

    The sum of the rounded entries is exact, so any order of them gives the same bits. It is not always the number
    nearest to the sum of the entries themselves, which `appliance.portable.sum` gives. Entries become multiples of
    2**-s, of the finest grid on which the total is exact, s at most 400. The error is at most `x.size * 2**-s / 2`,
    hence at most `x.size * (max|x| * max(x.size, 4) * 2**-53 + 2**-400)`.

    Raises:
        NonFiniteError: an entry is NaN, infinite or at least 2**400.

    >>> import numpy as np
    >>> x = np.array([0.1, 0.2, 0.3, 0.4])
    >>> sum_on_grid(x) == sum_on_grid(x[::-1])
    True
    """
    wide = x.astype(np.float64)
    exponent = find_exponent(find_magnitude(wide), limit_addends(wide.size, F64), F64)
    return float(np.add.reduce(round_to_grid(wide, exponent, F64), axis=None)) + 0.0


def mean_on_grid(x: Floats) -> float:
    """Return `sum_on_grid(x) / x.size` with one rounding; x must not be empty.

    >>> import numpy as np
    >>> mean_on_grid(np.array([1.0, 2.0, 6.0]))
    3.0
    """
    return sum_on_grid(x) / x.size


def sum_each_row(x: Floats) -> NDArray[np.float64]:
    """Return the sum of every row of x (m, n), float64: rounded to whole units of the row, then exact in any order.

    The unit of a row of magnitude M is `2**(e - b)`, with e the least whole number of at least -400 for which
    `M < 2**e`, and b = min(51, 53 - ceil(log2 n)). A row of one entry is that entry. A row with a NaN or an infinity
    gives a number that is not finite.

    >>> import numpy as np
    >>> sum_each_row(np.array([[0.5, 0.25], [3.0, 4.0]])).tolist()
    [0.75, 7.0]
    """
    if x.shape[1] == 1:
        return np.array(x[:, 0], dtype=np.float64)
    bits = min(F64.significand - 2, F64.significand - (x.shape[1] - 1).bit_length())
    _, exponents = np.frexp(np.maximum.reduce(np.abs(x), axis=1))
    units = np.ldexp(1.0, np.maximum(exponents, -F64.exponent_cap) - bits)
    whole = np.rint(x / units[:, np.newaxis])
    return np.asarray(np.add.reduce(whole, axis=1) * units)
