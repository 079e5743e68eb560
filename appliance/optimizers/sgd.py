"""Plain stochastic gradient descent.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.numerics.plans import NOW
from appliance.optimizers.optimizer import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Arrays, Floats


class Sgd:
    """Plain gradient descent: `w -= rate * g`; the rate is already in the gradient."""

    rate_in_gradient = True
    state_names: tuple[str, ...] = ()

    def make_slot(self, parameter: Floats) -> Slot:  # noqa: ARG002
        """Return an empty slot: plain descent keeps no state."""
        return Slot(arrays=())

    def start_epoch(self, slots: Iterable[Slot]) -> None:
        """Do nothing: no bound is carried."""

    def start_step(self, rate: float) -> None:
        """Do nothing: the rate is in the gradient."""

    def update(
        self,
        parameter: Floats,
        gradient: Floats,
        state: tuple[Floats, ...],  # noqa: ARG002
        do: Do = NOW,
    ) -> None:
        """Subtract the gradient."""
        do("subtract", parameter, gradient, parameter)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:  # noqa: ARG002
        """Return the gradient's bound."""
        return gradient_bound

    def capture(self) -> Arrays:
        """Return nothing."""
        return {}

    def restore(self, arrays: Arrays) -> None:
        """Do nothing."""
