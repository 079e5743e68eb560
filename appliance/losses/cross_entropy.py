"""Softmax cross-entropy.

Part of bits 2.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.layer import Signal
from appliance.losses.loss import Loss, LossPass
from appliance.losses.softmax import MANY_CLASSES, Softmax, native_softmax, portable_softmax
from appliance.numerics.logarithms import log
from appliance.numerics.operations import NATIVE
from appliance.numerics.plans import NOW, Immediate
from appliance.numerics.sums import mean_on_grid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do, Plan


class _CrossEntropy(Loss):
    """Softmax cross-entropy in either arithmetic; its terms are shifted logits of the true classes and denominators."""

    term_count = 2

    def __init__(self, fmt: Format) -> None:
        self._fmt = fmt

    @abstractmethod
    def _softmax(self, z: Floats, do: Do) -> Softmax: ...

    @property
    @abstractmethod
    def _now(self) -> Immediate: ...

    def plan(self, outputs: Signal, plan: Plan) -> LossPass:
        """List the loss of logits (m, c); the entries of its gradient are at most 1 in size."""
        rows = len(outputs.values)
        softmax = self._softmax(outputs.values, plan)
        targets, places = np.zeros(rows, dtype=np.intp), np.arange(rows, dtype=np.intp)
        picked, one = np.empty(rows, dtype=self._fmt.dtype), self._fmt.dtype(1.0)

        def select_targets() -> None:
            picked[...] = softmax.shifted[places, targets]
            softmax.probabilities[places, targets] -= one

        plan.host(select_targets)
        gradient = Signal(softmax.probabilities)
        return LossPass(targets, gradient, (picked, softmax.denominators[:, 0]))

    def evaluate(self, outputs: Floats, targets: NDArray[Any]) -> float:
        """Return the mean cross-entropy of logits (n, c) with true classes (n,)."""
        softmax = self._softmax(outputs, self._now)
        return self.average((softmax.shifted[np.arange(len(targets)), targets], softmax.denominators[:, 0]))

    def classify(self, outputs: Floats) -> NDArray[Any]:
        """Return the class of the largest logit, the first of equals: uint8 up to 256 classes, else int32."""
        dtype = np.uint8 if outputs.shape[1] <= MANY_CLASSES else np.int32
        return np.asarray(np.argmax(outputs, axis=1).astype(dtype))

    def score(self, outputs: Floats, targets: NDArray[Any]) -> Mapping[str, float]:
        """Return the accuracy."""
        return {"accuracy": int(np.count_nonzero(self.classify(outputs) == targets)) / len(targets)}


class PortableCrossEntropy(_CrossEntropy):
    """Softmax cross-entropy from exact sums and portable functions."""

    _now = NOW

    def _softmax(self, z: Floats, do: Do) -> Softmax:
        return portable_softmax(z, self._fmt, do)

    def average(self, terms: tuple[NDArray[Any], ...]) -> float:
        """Return the mean of `log(denominator) - shifted logit of the true class`."""
        shifted, denominators = terms
        return mean_on_grid(log(denominators.astype(np.float64)) - shifted.astype(np.float64))


class NativeCrossEntropy(_CrossEntropy):
    """Softmax cross-entropy in plain NumPy."""

    _now = Immediate(NATIVE)

    def _softmax(self, z: Floats, do: Do) -> Softmax:
        return native_softmax(z, do)

    def average(self, terms: tuple[NDArray[Any], ...]) -> float:
        """Return the mean of `log(denominator) - shifted logit of the true class`."""
        shifted, denominators = terms
        return float(np.mean(np.log(denominators.astype(np.float64)) - shifted.astype(np.float64)))
