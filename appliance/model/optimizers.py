"""Update rules, element by element, shared by every arithmetic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import numpy as np

from appliance.model.workspace import Workspace
from appliance.numerics.grids import find_magnitude, flush_tiny
from appliance.numerics.plans import call_now
from appliance.numerics.quotients import divide_exactly, root_exactly

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.schema import OptimizerConfig
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


@attrs.define(kw_only=True)
class Slot:
    """What an optimizer remembers of one parameter: arrays of its shape, and a bound of the first one."""

    arrays: tuple[Floats, ...]
    bound: float = 0.0

    def cut(self, start: int, stop: int) -> tuple[Floats, ...]:
        """Return views of rows start to stop."""
        return tuple(array[start:stop] for array in self.arrays)


class Optimizer(Protocol):
    """An update rule; `rate_in_gradient` says that gradients arrive already multiplied by the learning rate."""

    rate_in_gradient: bool

    def make_slot(self, parameter: Floats) -> Slot:
        """Return fresh state for a parameter of any shape."""

    def start_epoch(self, slots: list[Slot]) -> None:
        """Measure carried bounds anew, so that an epoch's start needs nothing but arrays."""

    def start_step(self, rate: float) -> None:
        """Begin one step with its learning rate."""

    def update(self, parameter: Floats, gradient: Floats, state: tuple[Floats, ...], do: Do = call_now) -> None:
        """Change the parameter in place; all of one shape. The gradient is used up; `do` may list the calls."""

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:
        """Return how far one step moves an entry at most, for gradients of at most `gradient_bound`."""


class Sgd:
    """Plain gradient descent: `w -= rate * g`, with the rate folded into the gradient's operand."""

    rate_in_gradient = True

    def make_slot(self, parameter: Floats) -> Slot:  # noqa: ARG002
        """Return an empty slot: plain descent remembers nothing."""
        return Slot(arrays=())

    def start_epoch(self, slots: list[Slot]) -> None:
        """Do nothing: nothing is carried."""

    def start_step(self, rate: float) -> None:
        """Do nothing: the rate is in the gradient."""

    def update(
        self,
        parameter: Floats,
        gradient: Floats,
        state: tuple[Floats, ...],  # noqa: ARG002
        do: Do = call_now,
    ) -> None:
        """Subtract the gradient."""
        do(np.subtract, parameter, gradient, parameter)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:  # noqa: ARG002
        """Return the gradient's bound."""
        return gradient_bound


class Momentum:
    """Descent with momentum: `v = mu * v + g; w -= rate * v` (the form of torch.optim.SGD, dampening 0)."""

    rate_in_gradient = False

    def __init__(self, momentum: float, fmt: Format, *, portable: bool) -> None:
        self._fmt = fmt
        self._portable = portable
        self._momentum = fmt.dtype(momentum)
        self._rate = np.zeros((), dtype=fmt.dtype)

    def make_slot(self, parameter: Floats) -> Slot:
        """Return a slot with a velocity of zeros."""
        return Slot(arrays=(np.zeros_like(parameter),))

    def start_epoch(self, slots: list[Slot]) -> None:
        """Measure every velocity."""
        for slot in slots:
            slot.bound = find_magnitude(slot.arrays[0])

    def start_step(self, rate: float) -> None:
        """Round the rate to the format."""
        self._rate.fill(rate)

    def update(self, parameter: Floats, gradient: Floats, state: tuple[Floats, ...], do: Do = call_now) -> None:
        """Advance the velocity, then the parameter."""
        (velocity,) = state
        do(np.multiply, velocity, self._momentum, velocity)
        do(np.add, velocity, gradient, velocity)
        if self._portable:
            flush_tiny(velocity, self._fmt, do)
        do(np.multiply, velocity, self._rate, gradient)
        do(np.subtract, parameter, gradient, parameter)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:
        """Carry the velocity's bound along and return the rate times it."""
        slot.bound = (float(self._momentum) * slot.bound + gradient_bound) * (1.0 + 2.0**-10)
        return float(self._rate) * slot.bound


class Adam:
    """Adam (Kingma and Ba, ICLR 2015, algorithm 1, with epsilon outside the root as in torch.optim.Adam)."""

    rate_in_gradient = False

    def __init__(self, config: OptimizerConfig, fmt: Format, *, portable: bool) -> None:
        self._fmt = fmt
        self._portable = portable
        self._betas = (config.beta1, config.beta2)
        self._epsilon = fmt.dtype(config.epsilon)
        self._powers = (1.0, 1.0)
        self._stride = np.zeros((), dtype=fmt.dtype)
        self._root = np.ones((), dtype=fmt.dtype)
        self._work = Workspace(fmt.dtype)

    def make_slot(self, parameter: Floats) -> Slot:
        """Return a slot with both moments zero."""
        return Slot(arrays=(np.zeros_like(parameter), np.zeros_like(parameter)))

    def start_epoch(self, slots: list[Slot]) -> None:
        """Do nothing: the bound of a step follows from the rate alone."""

    def start_step(self, rate: float) -> None:
        """Advance the bias corrections, products of float64 numbers in a fixed order."""
        first, second = self._powers[0] * self._betas[0], self._powers[1] * self._betas[1]
        self._powers = (first, second)
        self._stride.fill(rate / (1.0 - first))
        self._root.fill(math.sqrt(1.0 - second))

    def update(self, parameter: Floats, gradient: Floats, state: tuple[Floats, ...], do: Do = call_now) -> None:
        """Advance both moments, then the parameter."""
        mean, square = state
        number = self._fmt.dtype
        spare = self._work.take("spare", 1, gradient.size).reshape(gradient.shape)
        do(np.multiply, mean, number(self._betas[0]), mean)
        do(np.multiply, gradient, number(1.0 - self._betas[0]), spare)
        do(np.add, mean, spare, mean)
        do(np.multiply, gradient, gradient, gradient)
        do(np.multiply, gradient, number(1.0 - self._betas[1]), gradient)
        self._settle(gradient, do)
        do(np.multiply, square, number(self._betas[1]), square)
        do(np.add, square, gradient, square)
        self._settle(mean, do)
        self._settle(square, do)
        root_exactly(square, gradient, do)
        divide_exactly(gradient, self._root, gradient, do)
        do(np.add, gradient, self._epsilon, gradient)
        divide_exactly(mean, gradient, gradient, do)
        do(np.multiply, gradient, self._stride, gradient)
        self._settle(gradient, do)
        do(np.subtract, parameter, gradient, parameter)

    def _settle(self, x: Floats, do: Do) -> None:
        if self._portable:
            flush_tiny(x, self._fmt, do)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:  # noqa: ARG002
        """Return infinity: a step of Adam is measured, not bounded."""
        return math.inf


def make_optimizer(config: OptimizerConfig, fmt: Format, *, portable: bool) -> Optimizer:
    """Return the configured rule in the given format; `portable` keeps its state clear of subnormal numbers."""
    if config.name == "sgd":
        return Sgd()
    if config.name == "momentum":
        return Momentum(config.momentum, fmt, portable=portable)
    return Adam(config, fmt, portable=portable)


def schedule_rate(config: OptimizerConfig, epoch: int, epochs: int) -> float:
    """Return the learning rate of an epoch, counted from 1, in float64 operations of a fixed order."""
    rate = config.learning_rate
    if config.schedule == "step":
        for _ in range((epoch - 1) // config.step_epochs):
            rate *= config.step_factor
    elif config.schedule == "linear":
        rate = rate * (epochs - epoch + 1) / epochs
    return rate
