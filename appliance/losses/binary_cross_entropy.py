"""Binary cross-entropy of logits: each output is the answer to a question of yes or no.

Part of bits 2.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.layer import Signal
from appliance.losses.loss import Loss, LossPass
from appliance.numerics.activations import sigmoid
from appliance.numerics.functions import exp
from appliance.numerics.logarithms import log1p
from appliance.numerics.sums import mean_on_grid, sum_each_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do, Plan

    Doubles = NDArray[np.float64]


# Smaller logits count as this: their gradient, some 2**-92, is below the grids of parameters and no subnormal number.
_LOWEST = -64.0


class _BinaryCrossEntropy(Loss):
    """The mean of `max(z, 0) - z * y + log1p(e**-|z|)` over samples and outputs, as torch.nn.BCEWithLogitsLoss.

    A sample's term is the sum over outputs. Everything is in float64; the gradient is rounded once.

    Args:
        fmt: the number format.
        targets: how many each sample has, t, as floats 0 or 1; 0 where labels are class numbers 0 or 1, for one output.
    """

    def __init__(self, fmt: Format, targets: int) -> None:
        self._fmt = fmt
        self._targets = targets
        self._outputs = max(targets, 1)

    @abstractmethod
    def _sigmoid(self, z: Doubles, out: Doubles, do: Do) -> None: ...

    @abstractmethod
    def _log_sum(self, sizes: Doubles) -> Doubles:
        """Return log1p(e**-x) for x of at least 0."""

    @abstractmethod
    def _sum_each_row(self, x: Doubles) -> Doubles: ...

    @abstractmethod
    def _mean(self, x: Doubles) -> float: ...

    def plan(self, outputs: Signal, plan: Plan) -> LossPass:
        """List the loss of logits (m, t)."""
        shape = outputs.values.shape
        targets, terms = np.zeros(shape if self._targets else shape[:1]), np.zeros(shape[0])
        expected, gradient = targets.reshape(shape), np.empty_like(outputs.values)
        logits, probabilities = np.empty(shape), np.empty(shape)
        plan("copyto", logits, outputs.values)
        self._sigmoid(logits, probabilities, plan)
        plan("subtract", probabilities, expected, probabilities)
        plan("multiply", probabilities, 1.0 / self._outputs, probabilities)
        plan("copyto", gradient, probabilities, "same_kind")
        plan.host(self._write_terms, logits, expected, terms)
        return LossPass(targets, Signal(gradient), (terms,))

    def _write_terms(self, logits: Doubles, targets: Doubles, terms: Doubles) -> None:
        entries = np.maximum(logits, 0.0) - logits * targets + self._log_sum(np.abs(logits))
        terms[...] = self._sum_each_row(entries)

    def average(self, terms: tuple[NDArray[Any], ...]) -> float:
        """Return the mean of the terms, divided by the number of outputs."""
        return self._mean(terms[0]) / self._outputs

    def evaluate(self, outputs: Floats, targets: NDArray[Any]) -> float:
        """Return the mean binary cross-entropy of logits (n, t) with targets (n, t), or (n,) for one output."""
        terms = np.zeros(len(outputs))
        self._write_terms(outputs.astype(np.float64), targets.astype(np.float64).reshape(outputs.shape), terms)
        return self.average((terms,))

    def classify(self, outputs: Floats) -> NDArray[np.uint8]:
        """Return 1 where a logit is above 0, else 0, in the shape of the labels."""
        return ((outputs if self._targets else outputs[:, 0]) > 0).astype(np.uint8)

    def score(self, outputs: Floats, targets: NDArray[Any]) -> Mapping[str, float]:
        """Return the accuracy over all samples and outputs."""
        return {"accuracy": int(np.count_nonzero(self.classify(outputs) == targets)) / targets.size}


class PortableBinaryCrossEntropy(_BinaryCrossEntropy):
    """Binary cross-entropy from sums in any order and portable functions."""

    def _sigmoid(self, z: Doubles, out: Doubles, do: Do) -> None:
        do("maximum", z, _LOWEST, out=out)
        sigmoid(out, out, do)

    def _log_sum(self, sizes: Doubles) -> Doubles:
        return np.asarray(log1p(exp(-sizes)), dtype=np.float64)

    def _sum_each_row(self, x: Doubles) -> Doubles:
        return sum_each_row(x)

    def _mean(self, x: Doubles) -> float:
        return mean_on_grid(x)


class NativeBinaryCrossEntropy(_BinaryCrossEntropy):
    """Binary cross-entropy in plain NumPy."""

    def _sigmoid(self, z: Doubles, out: Doubles, do: Do) -> None:
        do("multiply", z, -1.0, out)
        do("exp", out, out)
        do("add", out, 1.0, out)
        do("divide", 1.0, out, out)

    def _log_sum(self, sizes: Doubles) -> Doubles:
        return np.asarray(np.log1p(np.exp(-sizes)))

    def _sum_each_row(self, x: Doubles) -> Doubles:
        return np.asarray(np.add.reduce(x, axis=1))

    def _mean(self, x: Doubles) -> float:
        return float(np.mean(x))
