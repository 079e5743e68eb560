"""Adam, with weight decay in the gradient or apart from it (AdamW).

Part of bits 2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.config.optimizers import AdamwConfig
from appliance.numerics.grids import flush_tiny
from appliance.numerics.plans import NOW
from appliance.numerics.quotients import divide_rounded, sqrt_rounded
from appliance.numerics.workspace import Workspace
from appliance.optimizers.decay import CoupledDecay
from appliance.optimizers.optimizer import Slot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.config.optimizers import AdamConfig
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do
    from appliance.optimizers.optimizer import Arrays, Floats


class Adam:
    """Adam (Kingma and Ba, ICLR 2015, algorithm 1, with epsilon outside the root as in torch.optim.Adam).

    With AdamW (Loshchilov and Hutter, ICLR 2019, in the form of torch.optim.AdamW) `w *= 1 - rate * decay` comes first,
    and decay is in no gradient.
    """

    rate_in_gradient = False
    state_names: tuple[str, ...] = ("mean", "square")

    def __init__(self, config: AdamConfig, fmt: Format, *, portable: bool) -> None:
        self._fmt = fmt
        self._portable = portable
        self._betas = (config.beta1, config.beta2)
        self._epsilon = fmt.dtype(config.epsilon)
        self._powers = (1.0, 1.0)
        self._step_size = np.zeros((), dtype=fmt.dtype)
        self._root = np.ones((), dtype=fmt.dtype)
        self._decoupled = config.weight_decay if isinstance(config, AdamwConfig) else 0.0
        self._kept = np.ones((), dtype=fmt.dtype)
        self._decay = CoupledDecay(0.0 if self._decoupled else config.weight_decay, fmt, portable=portable)
        self._work = Workspace(fmt.dtype)
        self.moves_without_gradient = self._decay.active or bool(self._decoupled)

    def make_slot(self, parameter: Floats) -> Slot:
        """Return a slot with both moments zero."""
        return Slot(arrays=(np.zeros_like(parameter), np.zeros_like(parameter)))

    def start_epoch(self, slots: Iterable[Slot]) -> None:
        """Do nothing: no bound is carried."""

    def start_step(self, rate: float) -> None:
        """Advance the bias corrections: products of float64 numbers in a fixed order."""
        first, second = self._powers[0] * self._betas[0], self._powers[1] * self._betas[1]
        self._powers = (first, second)
        self._step_size.fill(rate / (1.0 - first))
        self._root.fill(math.sqrt(1.0 - second))
        self._kept.fill(1.0 - rate * self._decoupled)

    def update(self, parameter: Floats, gradient: Floats, state: tuple[Floats, ...], do: Do = NOW) -> None:
        """Update both moments, then the parameter."""
        mean, square = state
        self._shrink(parameter, gradient, do)
        number = self._fmt.dtype
        spare = self._work.take("spare", gradient.size).reshape(gradient.shape)
        do("multiply", mean, number(self._betas[0]), mean)
        do("multiply", gradient, number(1.0 - self._betas[0]), spare)
        do("add", mean, spare, mean)
        do("multiply", gradient, gradient, gradient)
        do("multiply", gradient, number(1.0 - self._betas[1]), gradient)
        self._flush(gradient, do)
        do("multiply", square, number(self._betas[1]), square)
        do("add", square, gradient, square)
        self._flush(mean, do)
        self._flush(square, do)
        sqrt_rounded(square, gradient, do)
        divide_rounded(gradient, self._root, gradient, do)
        do("add", gradient, self._epsilon, gradient)
        divide_rounded(mean, gradient, gradient, do)
        do("multiply", gradient, self._step_size, gradient)
        self._flush(gradient, do)
        do("subtract", parameter, gradient, parameter)

    def _shrink(self, parameter: Floats, gradient: Floats, do: Do) -> None:
        """Let the parameter decay: by its gradient, or apart from it."""
        self._decay.add(parameter, gradient, do)
        if self._decoupled:
            do("multiply", parameter, self._kept, parameter)
            self._flush(parameter, do)

    def _flush(self, x: Floats, do: Do) -> None:
        if self._portable:
            flush_tiny(x, self._fmt, do)

    def bound_change(self, gradient_bound: float, slot: Slot) -> float:  # noqa: ARG002
        """Return infinity: after a step of Adam the parameter is measured, not bounded."""
        return math.inf

    def capture(self) -> Arrays:
        """Return the powers of both betas, which count the steps: float64, shape (2,)."""
        return {"powers": np.array(self._powers)}

    def restore(self, arrays: Arrays) -> None:
        """Take over the powers."""
        first, second = arrays["powers"].tolist()
        self._powers = (first, second)
