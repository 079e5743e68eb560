"""Correctly rounded quotients, also where float32 division is only approximate.

Part of bits 2. 32-bit ARM divides and takes roots of float32 vectors by estimates that are not IEEE 754. Computed in
float64 and rounded to float32 afterwards, both are correctly rounded, because 53 >= 2 * 24 + 2 (Figueroa, "When is
double rounding innocuous?", SIGNUM Newsletter 30(3), 1995). On other hosts this changes no bit of a normal result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.plans import NOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


def divide_rounded(a: Floats | np.floating[Any], b: Floats | np.floating[Any], out: Floats, do: Do = NOW) -> Floats:
    """Write the correctly rounded a / b, broadcast to out's shape, into out (float32 or float64); return it."""
    do("divide", a, b, out, dtype=np.float64, casting="same_kind")
    return out


def sqrt_rounded(x: Floats, out: Floats, do: Do = NOW) -> Floats:
    """Write the correctly rounded square root of x into out (float32 or float64, x's shape); return it."""
    do("sqrt", x, out, dtype=np.float64, casting="same_kind")
    return out


def find_inverse_roots(x: Floats, out: Floats, do: Do = NOW) -> Floats:
    """Write 1 / sqrt(x), each of the two operations correctly rounded, into out, which may be x; return out."""
    sqrt_rounded(x, out, do)
    divide_rounded(x.dtype.type(1.0), out, out, do)
    return out
