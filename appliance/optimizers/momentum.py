"""Gradient descent with momentum, plain or Nesterov's.

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.config.optimizers import NesterovConfig
from appliance.numerics.grids import find_magnitude, flush_tiny
from appliance.numerics.plans import NOW
from appliance.numerics.workspace import Workspace
from appliance.optimizers.decay import CoupledDecay
from appliance.optimizers.optimizer import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.config.optimizers import MomentumConfig
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Arrays, Floats

# Above the rounding errors of a bound, which is computed in float64.
_MARGIN = 1.0 + 2.0**-10


class Momentum:
    """Descent with momentum in the form of torch.optim.SGD with dampening 0.

    `v = mu * v + g`, then `w -= rate * v`, or `w -= rate * (g + mu * v)` with Nesterov's momentum.
    """

    rate_in_gradient = False
    state_names: tuple[str, ...] = ("velocity",)

    def __init__(self, config: MomentumConfig, fmt: Format, *, portable: bool) -> None:
        self._fmt = fmt
        self._portable = portable
        self._nesterov = isinstance(config, NesterovConfig)
        self._momentum = fmt.dtype(config.momentum)
        self._rate = np.zeros((), dtype=fmt.dtype)
        self._decay = CoupledDecay(config.weight_decay, fmt, portable=portable)
        self._work = Workspace(fmt.dtype)
        self.moves_without_gradient = self._decay.active

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
        self._decay.add(parameter, gradient, do)
        do("multiply", velocity, self._momentum, velocity)
        do("add", velocity, gradient, velocity)
        self._flush(velocity, do)
        if self._nesterov:
            spare = self._work.take("spare", gradient.size).reshape(gradient.shape)
            do("multiply", velocity, self._momentum, spare)
            do("add", gradient, spare, gradient)
            self._flush(gradient, do)
            do("multiply", gradient, self._rate, gradient)
        else:
            do("multiply", velocity, self._rate, gradient)
        if self._nesterov or self._decay.active:
            self._flush(gradient, do)
        do("subtract", parameter, gradient, parameter)

    def _flush(self, x: Floats, do: Do) -> None:
        if self._portable:
            flush_tiny(x, self._fmt, do)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:
        """Update the velocity's bound and return the rate times that of the step; infinity with decay."""
        if self._decay.active:
            return math.inf
        slot.bound = (float(self._momentum) * slot.bound + gradient_bound) * _MARGIN
        step = slot.bound
        if self._nesterov:
            step = (float(self._momentum) * slot.bound + gradient_bound) * _MARGIN
        return float(self._rate) * step

    def capture(self) -> Arrays:
        """Return nothing: the rate is set at every step."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Do nothing."""
