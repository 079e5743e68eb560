"""Gradient descent with momentum.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.numerics.grids import find_magnitude, flush_tiny
from appliance.numerics.plans import NOW
from appliance.optimizers.optimizer import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Arrays, Floats


class Momentum:
    """Descent with momentum: `v = mu * v + g; w -= rate * v` (the form of torch.optim.SGD, dampening 0)."""

    rate_in_gradient = False
    state_names: tuple[str, ...] = ("velocity",)

    def __init__(self, momentum: float, fmt: Format, *, portable: bool) -> None:
        self._fmt = fmt
        self._portable = portable
        self._momentum = fmt.dtype(momentum)
        self._rate = np.zeros((), dtype=fmt.dtype)

    def make_slot(self, parameter: Floats) -> Slot:
        """Return a slot with a velocity of zeros."""
        return Slot(arrays=(np.zeros_like(parameter),))

    def start_epoch(self, slots: Iterable[Slot]) -> None:
        """Measure every velocity."""
        for slot in slots:
            slot.bound = find_magnitude(slot.arrays[0])

    def start_step(self, rate: float) -> None:
        """Round the rate to the format."""
        self._rate.fill(rate)

    def update(self, parameter: Floats, gradient: Floats, state: tuple[Floats, ...], do: Do = NOW) -> None:
        """Update the velocity, then the parameter."""
        (velocity,) = state
        do("multiply", velocity, self._momentum, velocity)
        do("add", velocity, gradient, velocity)
        if self._portable:
            flush_tiny(velocity, self._fmt, do)
        do("multiply", velocity, self._rate, gradient)
        do("subtract", parameter, gradient, parameter)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:
        """Update the velocity's bound and return the rate times it."""
        slot.bound = (float(self._momentum) * slot.bound + gradient_bound) * (1.0 + 2.0**-10)
        return float(self._rate) * slot.bound

    def capture(self) -> Arrays:
        """Return nothing: the rate is set at every step."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Do nothing."""
