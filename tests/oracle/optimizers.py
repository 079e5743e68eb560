"""Update rules, one number at a time, and the rates that go with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from oracle.formats import Format

Settings = dict[str, Any]


def schedule_rate(settings: Settings, epoch: int, epochs: int) -> float:
    """Return an epoch's learning rate."""
    rate: float = settings["learning_rate"]
    if settings["schedule"] == "linear":
        return rate * (epochs - epoch + 1) / epochs
    if settings["schedule"] == "step":
        for _ in range((epoch - 1) // settings["step_epochs"]):
            rate *= settings["step_factor"]
    return rate


class Tensor:
    """Parameters in C order with the state that the optimizer keeps for them."""

    def __init__(self, name: str, shape: list[int], values: list[float]) -> None:
        self.name, self.shape, self.values = name, shape, values
        self.first = [0.0] * len(values)
        self.second = [0.0] * len(values)
        self.first_bound = 0.0


class Optimizer:
    """One of the three rules, with the products of Adam's decay rates."""

    def __init__(self, settings: Settings, fmt: Format) -> None:
        self.settings, self.fmt, self.name = settings, fmt, settings["name"]
        self.powers = [1.0, 1.0]
        self.rate = 0.0

    def begin_step(self, rate: float) -> None:
        """Begin a step with this learning rate."""
        self.rate = rate
        self.powers[0] *= self.settings["beta1"]
        self.powers[1] *= self.settings["beta2"]

    def bound_move(self, tensor: Tensor, reach: float) -> float:
        """Return an upper bound on how far a step moved a weight; `reach` is the page's bound on the gradient."""
        if self.name == "sgd":
            return reach
        if self.name == "adam":
            return math.inf
        kept = self.fmt.round_one(self.settings["momentum"]) * tensor.first_bound
        tensor.first_bound = (kept + reach) * (1.0 + 2.0**-10)
        return self.fmt.round_one(self.rate) * tensor.first_bound

    def update(self, tensor: Tensor, gradient: list[float]) -> None:
        """Change a tensor by its gradient."""
        if self.name == "adam":
            moves = self._move_adam(tensor, gradient)
        elif self.name == "momentum":
            moves = self._move_momentum(tensor, gradient)
        else:
            moves = gradient
        tensor.values = self.fmt.round([w - move for w, move in zip(tensor.values, moves, strict=True)])

    def _flush(self, values: list[float]) -> list[float]:
        c = math.ldexp(1.0, -2 * self.fmt.cap)
        return self.fmt.round([x - c for x in self.fmt.round([x + c for x in values])])

    def _times(self, factor: float, values: list[float]) -> list[float]:
        rounded = self.fmt.round_one(factor)
        return self.fmt.round([rounded * x for x in values])

    def _move_momentum(self, tensor: Tensor, gradient: list[float]) -> list[float]:
        kept = self._times(self.settings["momentum"], tensor.first)
        tensor.first = self._flush(self.fmt.round([a + g for a, g in zip(kept, gradient, strict=True)]))
        return self._times(self.rate, tensor.first)

    def _move_adam(self, tensor: Tensor, gradient: list[float]) -> list[float]:
        fmt, beta1, beta2 = self.fmt, self.settings["beta1"], self.settings["beta2"]
        epsilon = fmt.round_one(self.settings["epsilon"])
        stride = self.rate / (1.0 - self.powers[0])
        root = fmt.round_one(math.sqrt(1.0 - self.powers[1]))
        kept, fresh = self._times(beta1, tensor.first), self._times(1.0 - beta1, gradient)
        tensor.first = self._flush(fmt.round([a + b for a, b in zip(kept, fresh, strict=True)]))
        fresh = self._flush(self._times(1.0 - beta2, fmt.round([g * g for g in gradient])))
        kept = self._times(beta2, tensor.second)
        tensor.second = self._flush(fmt.round([a + b for a, b in zip(kept, fresh, strict=True)]))
        below = fmt.round([math.sqrt(s) for s in tensor.second])
        below = fmt.round([x + epsilon for x in fmt.round([x / root for x in below])])
        moves = fmt.round([m / x for m, x in zip(tensor.first, below, strict=True)])
        return self._flush(self._times(stride, moves))
