"""Update rules, one number at a time, and the rates that go with them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from oracle import circle, exact
from oracle.formats import F64

if TYPE_CHECKING:
    from oracle.formats import Format

Settings = dict[str, Any]

_PI = float.fromhex("0x1.921fb54442d18p+1")


def schedule_rate(settings: Settings, epoch: int, epochs: int) -> float:
    """Return an epoch's learning rate."""
    rate: float = settings["learning_rate"]
    if settings["schedule"] == "linear":
        return rate * (epochs - epoch + 1) / epochs
    if settings["schedule"] == "step":
        for _ in range((epoch - 1) // settings["step_epochs"]):
            rate *= settings["step_factor"]
    if settings["schedule"] == "cosine":
        return rate * (1.0 + circle.find_cosine(_PI * (epoch - 1) / epochs)) / 2.0
    return rate


def warm_up(settings: Settings, rate: float, step: int) -> float:
    """Return the rate of a step of the run, counted from 1, from the rate of its epoch."""
    steps: int = settings.get("warmup_steps", 0)
    return rate * (step / steps) if step < steps else rate


def clip(gradients: list[list[float]], limit: float, fmt: Format) -> list[list[float]]:
    """Return the gradients of all whole parameters, in their order, with a norm of at most the limit."""
    total = 0.0
    for gradient in gradients:
        largest = max(map(abs, gradient))
        most = min((1 << F64.precision) // len(gradient), 1 << F64.precision - 2)
        s = exact.find_exponent(largest * largest, most, F64.cap)
        total += math.ldexp(sum(exact.count_units((g * g for g in gradient), s)), -s)
    norm = math.sqrt(total)
    factor = fmt.round_one(limit / norm) if norm > limit else 1.0
    return [flush(fmt.round([factor * g for g in gradient]), fmt.cap, fmt) for gradient in gradients]


def flush(values: list[float], exponent: int, fmt: Format) -> list[float]:
    """Return (x + c) - c with c = 2**-exponent."""
    c = math.ldexp(1.0, -exponent)
    return fmt.round([x - c for x in fmt.round([x + c for x in values])])


class Tensor:
    """Parameters in C order with the state that the optimizer keeps for them."""

    def __init__(self, name: str, shape: list[int], values: list[float]) -> None:
        self.name, self.shape, self.values = name, shape, values
        self.first = [0.0] * len(values)
        self.second = [0.0] * len(values)
        self.first_bound = 0.0


class Optimizer:
    """One of the rules, with the products of Adam's decay rates."""

    def __init__(self, settings: Settings, fmt: Format) -> None:
        self.settings, self.fmt, self.name = settings, fmt, settings["name"]
        self.powers = [1.0, 1.0]
        self.rate = 0.0
        self.decay: float = settings.get("weight_decay", 0.0)
        self.rate_in_gradient = self.name == "sgd" and not (self.decay or settings.get("clip_norm", 0.0))

    def begin_step(self, rate: float) -> None:
        """Begin a step with this learning rate."""
        self.rate = rate
        self.powers[0] *= self.settings["beta1"]
        self.powers[1] *= self.settings["beta2"]

    def bound_move(self, tensor: Tensor, reach: float) -> float:
        """Return an upper bound on how far a step moved a weight; `reach` is the page's bound on the gradient."""
        if self.rate_in_gradient:
            return reach
        if self.decay or self.name in ("adam", "adamw"):
            return math.inf
        rate, margin = self.fmt.round_one(self.rate), 1.0 + 2.0**-10
        if self.name == "sgd":
            return rate * reach * margin
        momentum = self.fmt.round_one(self.settings["momentum"])
        tensor.first_bound = (momentum * tensor.first_bound + reach) * margin
        if self.name == "nesterov":
            return rate * ((momentum * tensor.first_bound + reach) * margin)
        return rate * tensor.first_bound

    def update(self, tensor: Tensor, gradient: list[float]) -> None:
        """Change a tensor by its gradient."""
        if self.decay and self.name == "adamw":
            tensor.values = self._flush(self._times(1.0 - self.rate * self.decay, tensor.values))
        elif self.decay:
            added = flush(self._times(self.decay, tensor.values), self.fmt.cap, self.fmt)
            gradient = self._add(gradient, added)
        if self.name in ("adam", "adamw"):
            moves = self._move_adam(tensor, gradient)
        elif self.name in ("momentum", "nesterov"):
            moves = self._move_momentum(tensor, gradient)
        else:
            moves = gradient if self.rate_in_gradient else self._flush(self._times(self.rate, gradient))
        tensor.values = self.fmt.round([w - move for w, move in zip(tensor.values, moves, strict=True)])

    def _flush(self, values: list[float]) -> list[float]:
        return flush(values, 2 * self.fmt.cap, self.fmt)

    def _add(self, a: list[float], b: list[float]) -> list[float]:
        return self.fmt.round([x + y for x, y in zip(a, b, strict=True)])

    def _times(self, factor: float, values: list[float]) -> list[float]:
        rounded = self.fmt.round_one(factor)
        return self.fmt.round([rounded * x for x in values])

    def _move_momentum(self, tensor: Tensor, gradient: list[float]) -> list[float]:
        kept = self._times(self.settings["momentum"], tensor.first)
        tensor.first = self._flush(self._add(kept, gradient))
        if self.name == "nesterov":
            ahead = self._add(gradient, self._times(self.settings["momentum"], tensor.first))
            return self._flush(self._times(self.rate, self._flush(ahead)))
        moves = self._times(self.rate, tensor.first)
        return self._flush(moves) if self.decay else moves

    def _move_adam(self, tensor: Tensor, gradient: list[float]) -> list[float]:
        fmt, beta1, beta2 = self.fmt, self.settings["beta1"], self.settings["beta2"]
        epsilon = fmt.round_one(self.settings["epsilon"])
        stride = self.rate / (1.0 - self.powers[0])
        root = fmt.round_one(math.sqrt(1.0 - self.powers[1]))
        kept, fresh = self._times(beta1, tensor.first), self._times(1.0 - beta1, gradient)
        tensor.first = self._flush(self._add(kept, fresh))
        fresh = self._flush(self._times(1.0 - beta2, fmt.round([g * g for g in gradient])))
        kept = self._times(beta2, tensor.second)
        tensor.second = self._flush(self._add(kept, fresh))
        below = fmt.round([math.sqrt(s) for s in tensor.second])
        below = fmt.round([x + epsilon for x in fmt.round([x / root for x in below])])
        moves = fmt.round([m / x for m, x in zip(tensor.first, below, strict=True)])
        return self._flush(self._times(stride, moves))
