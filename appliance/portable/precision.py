"""One check of the host: sums and products in float64 are rounded once, to 53 bits."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Callable

# Their sum is another number when it is rounded to the 64 bits of an x87 first.
_OPERANDS = float.fromhex("0x1.d2051e76501c7p+0"), float.fromhex("0x1.a9ce687c0063ap-23")


def _add(a: float, b: float) -> tuple[float, ...]:
    return (a + b, float(np.add(np.array([a]), np.array([b]))[0]))


def require_single_rounding(add: Callable[[float, float], tuple[float, ...]] = _add) -> None:
    """Return if sums are rounded once.

    Args:
        add: adds two numbers, in every way that counts.

    Raises:
        CouldNotJudgeError: this host rounds twice, so it cannot give portable results.
    """
    a, b = _OPERANDS
    exact = float(Fraction(a) + Fraction(b))
    if any(found != exact for found in add(a, b)):
        raise CouldNotJudgeError(
            "this processor rounds sums of float64 twice",
            expected="one rounding, to 53 bits",
            found="another one before it, as an x87 makes",
            remedy="call appliance.launch.precision.round_to_double() before the import, or use a 64-bit Python",
        )
