"""Plain stochastic gradient descent.

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.numerics.grids import flush_tiny
from appliance.numerics.plans import NOW
from appliance.optimizers.decay import CoupledDecay
from appliance.optimizers.optimizer import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.config.optimizers import SgdConfig
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Arrays, Floats


class Sgd:
    """Plain gradient descent: `w -= rate * g`; the rate is already in the gradient where nothing else needs it pure."""

    state_names: tuple[str, ...] = ()

    def __init__(self, config: SgdConfig, fmt: Format, *, portable: bool) -> None:
        self._decay = CoupledDecay(config.weight_decay, fmt, portable=portable)
        self.rate_in_gradient = not (self._decay.active or config.clip_norm)
        self._fmt = fmt
        self._portable = portable
        self._rate = np.zeros((), dtype=fmt.dtype)
        self.moves_without_gradient = self._decay.active

    def make_slot(self, parameter: Floats) -> Slot:  # noqa: ARG002
        """Return an empty slot: plain descent keeps no state."""
        return Slot(arrays=())

    def start_epoch(self, slots: Iterable[Slot]) -> None:
        """Do nothing: no bound is carried."""

    def start_step(self, rate: float) -> None:
        """Round the rate to the format."""
        self._rate.fill(rate)

    def update(
        self,
        parameter: Floats,
        gradient: Floats,
        state: tuple[Floats, ...],  # noqa: ARG002
        do: Do = NOW,
    ) -> None:
        """Subtract the gradient, times the rate if it is not in it."""
        if not self.rate_in_gradient:
            self._decay.add(parameter, gradient, do)
            do("multiply", gradient, self._rate, gradient)
            if self._portable:
                flush_tiny(gradient, self._fmt, do)
        do("subtract", parameter, gradient, parameter)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:  # noqa: ARG002
        """Return the gradient's bound, times the rate if it is not in it; infinity with decay: it is to be measured."""
        if self.rate_in_gradient:
            return gradient_bound
        return math.inf if self._decay.active else float(self._rate) * gradient_bound * (1.0 + 2.0**-10)

    def capture(self) -> Arrays:
        """Return nothing: the rate is set at every step."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Do nothing."""
