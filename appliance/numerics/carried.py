"""The grid of a tensor that moves in small steps, chosen anew only when its bound could be crossed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.grids import find_exponent, find_magnitude, make_constant

if TYPE_CHECKING:
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
        constant: what rounds to the grid (see `make_constant`), shape (), valid while `holds`.
        at_least: magnitude of a part of the tensor that is set aside and counts as well.
    """

    def __init__(self, limit: int, fmt: Format) -> None:
        self.limit = limit
        self.constant = np.zeros((), dtype=fmt.dtype)
        self.at_least = 0.0
        self._fmt = fmt
        self._bound = math.inf
        self._reach = 0.0
        self._rounding = 1.0 + math.ldexp(1.0, 1 - fmt.significand)

    @property
    def holds(self) -> bool:
        """Whether the grid can hold the tensor as it is now."""
        return self._bound <= self._reach

    def measure(self, tensor: NDArray[np.floating[Any]]) -> None:
        """Choose the grid anew for the tensor as it is now.

        Raises:
            NonFiniteError: the tensor holds a NaN, an infinity or a value beyond the format's cap.
        """
        magnitude = find_magnitude(tensor)
        magnitude = max(magnitude, self.at_least)  # a NaN comes first and stays
        exponent = find_exponent(magnitude, self.limit * 3 // 4, self._fmt)
        self._bound = magnitude
        self._reach = math.ldexp(self.limit, -exponent)
        self.constant.fill(make_constant(exponent, self._fmt))

    def widen(self, change: float) -> None:
        """Take note of an update `w - g` with no |g| above `change`; rounding adds half an ulp of w at most."""
        self._bound = (self._bound + change * _SLACK) * self._rounding

    def forget(self) -> None:
        """Drop the bound, so that the grid holds no longer; done at every epoch's start."""
        self._bound = math.inf
