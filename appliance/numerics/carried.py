"""The grid of a tensor that moves in small steps, chosen anew only when its bound could be crossed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from appliance.numerics.grids import find_exponent, find_magnitude, make_constant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format

# A change's bound is widened by this factor, above the rounding errors of what it was computed from.
_SLACK = 1.0 + 2.0**-10


class CarriedGrid:
    """A grid exponent together with an upper bound of the tensor's magnitude.

    The bound grows with every update by what the update can add at most; when it passes `limit` units,
    the magnitude is measured and the exponent chosen so that it lies at or below 3/4 of the limit. All of this
    is a fixed function of exact quantities, so it is the same on every machine.

    Args:
        limit: the largest rounded value, in units, that keeps the tensor's products exact; at least 8.
        fmt: the number format.

    Attributes:
        exponent: the grid's exponent since the last `settle`.
        at_least: magnitude of a part of the tensor that is set aside and counts as well.
    """

    def __init__(self, limit: int, fmt: Format) -> None:
        self.limit = limit
        self.exponent = 0
        self._fmt = fmt
        self._bound = math.inf
        self._reach = 0.0
        self._rounding = 1.0 + math.ldexp(1.0, 1 - fmt.significand)
        self._constant = make_constant(0, fmt)
        self.at_least = 0.0

    def settle(self, tensor: NDArray[np.floating[Any]]) -> np.floating[Any]:
        """Return the rounding constant of a grid that holds for the tensor as it is now; measure only if needed.

        Raises:
            NonFiniteError: the tensor holds a NaN, an infinity or a value beyond the format's cap.
        """
        if not self._bound <= self._reach:
            magnitude = find_magnitude(tensor)
            magnitude = max(magnitude, self.at_least)  # a NaN comes first and stays
            self.exponent = find_exponent(magnitude, self.limit * 3 // 4, self._fmt)
            self._bound = magnitude
            self._reach = math.ldexp(self.limit, -self.exponent)
            self._constant = make_constant(self.exponent, self._fmt)
        return self._constant

    def widen(self, change: float) -> None:
        """Take note of an update `w - g` with no |g| above `change`; rounding adds half an ulp of w at most."""
        self._bound = (self._bound + change * _SLACK) * self._rounding

    def forget(self) -> None:
        """Drop the bound, so that the next `settle` measures; done at every epoch's start."""
        self._bound = math.inf
