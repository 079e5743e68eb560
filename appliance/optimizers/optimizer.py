"""The protocol of an update rule, with the state that a rule keeps for one parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]
    Arrays = dict[str, NDArray[Any]]


@attrs.define(kw_only=True)
class Slot:
    """The state that an optimizer keeps for one parameter.

    Attributes:
        arrays: of the parameter's shape, in the order of the optimizer's `state_names`.
        bound: upper bound of the first array's magnitude, carried from step to step; 0 where it is not used.
    """

    arrays: tuple[Floats, ...]
    bound: float = 0.0

    def cut(self, start: int, stop: int) -> tuple[Floats, ...]:
        """Return views of rows start to stop."""
        return tuple(array[start:stop] for array in self.arrays)


class Optimizer(Protocol):
    """An update rule.

    Attributes:
        rate_in_gradient: whether gradients arrive already multiplied by the learning rate.
        moves_without_gradient: whether a parameter changes also where its gradient has always been zero.
        state_names: the names of a slot's arrays, such as "velocity".
    """

    rate_in_gradient: bool
    moves_without_gradient: bool
    state_names: tuple[str, ...]

    def make_slot(self, parameter: Floats) -> Slot:
        """Return fresh state for a parameter of any shape."""

    def start_epoch(self, slots: Iterable[Slot]) -> None:
        """Measure the carried bounds again."""

    def start_step(self, rate: float) -> None:
        """Begin one step with its learning rate."""

    def update(self, parameter: Floats, gradient: Floats, state: tuple[Floats, ...], do: Do = ...) -> None:
        """Change the parameter in place; all arrays have one shape. The gradient is overwritten."""

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:
        """Return how far one step can move an entry, for gradients of at most `gradient_bound`.

        Infinity means that the parameter is to be measured after the step.
        """

    def capture(self) -> Arrays:
        """Return copies of the numbers that belong to no parameter, by name."""

    def restore(self, arrays: Arrays) -> None:
        """Take over what `capture` returned."""
