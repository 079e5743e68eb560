"""The grid of a tensor that changes in small steps, chosen again only when its magnitude bound could be crossed.

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.grids import find_exponent, find_magnitude, make_constant

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format

# The bound of a change is widened by this factor, more than the rounding errors of its computation.
_SLACK = 1.0 + 2.0**-10


class CarriedGrid:
    """A grid exponent together with an upper bound of the tensor's magnitude.

    With every update the bound grows by the largest possible change. When it passes `limit` units, the magnitude is
    measured and the exponent chosen so that the magnitude is at most 3/4 of the limit. All of this is a fixed
    function of exact quantities, so it is the same on every machine.

    Args:
        limit: the largest rounded value, in units, that keeps the tensor's products exact; at least 8.
        fmt: the number format.

    Attributes:
        constant: rounds to the grid (see `make_constant`), shape (), valid while `holds`.
        at_least: magnitude of the rows that are left out and count as well.
    """

    def __init__(self, limit: int, fmt: Format) -> None:
        self.limit = limit
        self.constant = np.zeros((), dtype=fmt.dtype)
        self.at_least = 0.0
        self._fmt = fmt
        self._bound = math.inf
        self._largest = 0.0

    @property
    def holds(self) -> bool:
        """Whether the grid is coarse enough for the tensor as it is now."""
        return self._bound <= self._largest

    def measure(self, tensor: NDArray[np.floating[Any]]) -> None:
        """Choose the grid again for the tensor as it is now.

        Raises:
            NonFiniteError: the tensor holds a NaN, an infinity or a value beyond the format's cap.
        """
        magnitude = find_magnitude(tensor)
        magnitude = max(magnitude, self.at_least)  # a NaN comes first and stays
        exponent = find_exponent(magnitude, self.limit * 3 // 4, self._fmt)
        self._bound = magnitude
        self._largest = math.ldexp(self.limit, -exponent)
        self.constant.fill(make_constant(exponent, self._fmt))

    def widen(self, change: float, rounding: float) -> None:
        """Add an update `w - g` with |g| <= `change` to the bound; its rounding is a factor below `rounding`."""
        self._bound = (self._bound + change * _SLACK) * rounding

    def reset(self) -> None:
        """Drop the bound; the magnitude is measured again at the next use. Done at every epoch's start."""
        self._bound = math.inf

    def capture(self) -> NDArray[np.float64]:
        """Return bound, largest value and constant as float64, shape (3,)."""
        return np.array([self._bound, self._largest, float(self.constant)])

    def restore(self, numbers: NDArray[np.float64]) -> None:
        """Take over what `capture` returned."""
        self._bound, self._largest = float(numbers[0]), float(numbers[1])
        self.constant.fill(float(numbers[2]))
