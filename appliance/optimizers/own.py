"""Update rules that a user's program gives: their functions run inside plans.

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.config.own_rules import Step
from appliance.numerics.grids import flush_tiny
from appliance.numerics.plans import NOW
from appliance.optimizers.optimizer import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.config.own_rules import OwnOptimizer
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Arrays, Floats


class GivenOptimizer:
    """An update rule of a user's.

    Args:
        own: the user's object.
        fmt: the number format.
        portable: the state is kept free of subnormal numbers and of -0.
    """

    rate_in_gradient = False
    moves_without_gradient = True

    def __init__(self, own: OwnOptimizer, fmt: Format, *, portable: bool) -> None:
        self.state_names = tuple(own.state_names)
        self._own = own
        self._fmt = fmt
        self._portable = portable
        self._rate = np.zeros((), dtype=fmt.dtype)
        self._number = 0

    def make_slot(self, parameter: Floats) -> Slot:
        """Return a slot with arrays of zeros."""
        return Slot(arrays=tuple(np.zeros_like(parameter) for _ in self.state_names))

    def start_epoch(self, slots: Iterable[Slot]) -> None:
        """Do nothing: no bound is carried."""

    def start_step(self, rate: float) -> None:
        """Count the step, and round the rate to the format."""
        self._number += 1
        self._rate.fill(rate)

    def update(self, parameter: Floats, gradient: Floats, state: tuple[Floats, ...], do: Do = NOW) -> None:
        """Call the user's function on a parameter, or on some of its rows."""
        do.host(self._run, parameter, gradient, dict(zip(self.state_names, state, strict=True)))
        if self._portable:
            for array in (*state, parameter):
                flush_tiny(array, self._fmt, do)

    def _run(self, parameter: Floats, gradient: Floats, state: dict[str, Floats]) -> None:
        self._own.update(parameter, gradient, state, Step(rate=self._rate[()], number=self._number))

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:  # noqa: ARG002
        """Return infinity: after a step the parameter is measured, not bounded."""
        return math.inf

    def capture(self) -> Arrays:
        """Return the number of steps."""
        return {"steps": np.array([self._number], dtype=np.int64)}

    def restore(self, arrays: Arrays) -> None:
        """Take over the number of steps."""
        self._number = int(arrays["steps"][0])
