"""Sums with a bound of their error: a quick way to a correctly rounded sum that proves itself, or says that it failed.

Part of bits 2. The estimate may depend on the order in which a host adds. It counts only where every number within its
bound rounds to the same result (Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded last
bit", 1991), and then that is the correctly rounded sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Doubles = NDArray[np.float64]
    Places = Iterable[tuple[slice, slice, slice]]

# Lines with finer units are left to the slices.
_FINEST = 2.0**-850
_EPSILON = 2.0**-53
# Up to this many addends a sum in float64 nearly always says how to round to float32.
_FEW = 4096


def estimate_lines(x: Floats, units: Doubles, places: Places, dtype: np.dtype[Any]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return sums along the middle axis, and for which of them correct rounding is proved.

    Args:
        x: shape (outer, n, inner), with entries below 2**960.
        units: shape (outer, 1, inner): entries rounded to multiples of it have an exact sum; at least four of the
            largest entries have fewer than 2**53 units.
        places: blocks of x.
        dtype: of the result.
    """
    count = x.shape[1]
    plain = dtype == np.float32 and x.dtype == np.float32 and count <= _FEW
    coarse, fine = np.zeros((x.shape[0], x.shape[2])), np.zeros((x.shape[0], x.shape[2]))
    for place in places:
        lines = place[0], place[2]
        if plain:
            fine[lines] += np.add.reduce(x[place].astype(np.float64), axis=1)
            continue
        part = x[place].astype(np.float64)
        constant = units[lines[0], :, lines[1]] * (1.5 * 2.0**52)
        rounded = part + constant
        np.subtract(rounded, constant, out=rounded)
        np.subtract(part, rounded, out=part)
        coarse[lines] += np.add.reduce(rounded, axis=1)
        fine[lines] += np.add.reduce(part, axis=1)
    # In any order, count - 1 additions have errors of at most count**2 * epsilon * the largest addend.
    largest = units[:, 0] * (2.0**53 / max(count, 4)) if plain else units[:, 0] * 0.5
    bound = largest * (float(count) * float(count) * _EPSILON * 2.0)
    total = coarse + fine
    moved = total - coarse
    rest = (coarse - (total - moved)) + (fine - moved)
    low, high = total + (rest - bound), total + (rest + bound)
    with np.errstate(over="ignore"):
        if dtype == np.float32:
            low, high = np.nextafter(low, -np.inf), np.nextafter(high, np.inf)
        result = low.astype(dtype)
        certain = (result == high.astype(dtype)) & (units[:, 0] > _FINEST)
    return result, certain & np.isfinite(result)
