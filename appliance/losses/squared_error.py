"""The mean squared error.

Part of bits 2.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.layer import Signal
from appliance.losses.loss import Loss, LossPass
from appliance.numerics.grids import find_magnitude
from appliance.numerics.sums import mean_on_grid, sum_each_row
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class _SquaredError(Loss):
    """The mean of `(z - y)**2` over samples and targets, as torch.nn.MSELoss; a sample's term is the sum over targets.

    Args:
        fmt: the number format.
        targets: how many each sample has, t.
    """

    def __init__(self, fmt: Format, targets: int) -> None:
        self._fmt = fmt
        self._targets = targets

    @abstractmethod
    def _sum_each_row(self, x: NDArray[np.float64]) -> NDArray[np.float64]: ...

    @abstractmethod
    def _mean(self, x: Floats) -> float: ...

    def plan(self, outputs: Signal, plan: Plan) -> LossPass:
        """List the loss of outputs (m, t)."""
        dtype, shape = self._fmt.dtype, outputs.values.shape
        targets, terms = np.zeros(shape, dtype=dtype), np.zeros(len(outputs.values))
        gradient = np.empty_like(outputs.values)
        plan("subtract", outputs.values, targets, gradient)
        plan.host(self._write_terms, gradient, terms)
        plan("multiply", gradient, dtype(2.0 / self._targets), gradient)
        return LossPass(targets, Signal(gradient), (terms,))

    def _write_terms(self, differences: Floats, terms: Floats) -> None:
        terms[...] = self._square(differences)

    def _square(self, differences: Floats) -> NDArray[np.float64]:
        wide = differences.astype(np.float64)
        return self._sum_each_row(wide * wide)

    def average(self, terms: tuple[NDArray[Any], ...]) -> float:
        """Return the mean of the terms, divided by the number of targets."""
        return self._mean(terms[0]) / self._targets

    def _subtract(self, outputs: Floats, targets: NDArray[Any]) -> Floats:
        return np.asarray(outputs - targets.astype(self._fmt.dtype))

    def evaluate(self, outputs: Floats, targets: NDArray[Any]) -> float:
        """Return the mean squared error of outputs (n, t) with targets (n, t).

        Raises:
            NonFiniteError: a difference is NaN, infinite or out of range.
        """
        differences = self._subtract(outputs, targets)
        largest = find_magnitude(differences)
        if not largest < 2.0**self._fmt.exponent_cap:
            raise NonFiniteError("an output is out of range", found=largest)
        return self.average((self._square(differences),))

    def classify(self, outputs: Floats) -> None:
        """Return None: real numbers are no classes."""

    def score(self, outputs: Floats, targets: NDArray[Any]) -> Mapping[str, float]:
        """Return the mean of `|z - y|`."""
        return {"mean_absolute_error": self._mean(np.abs(self._subtract(outputs, targets)))}


class PortableSquaredError(_SquaredError):
    """The mean squared error from sums in any order."""

    def _sum_each_row(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return sum_each_row(x)

    def _mean(self, x: Floats) -> float:
        return mean_on_grid(x)


class NativeSquaredError(_SquaredError):
    """The mean squared error in plain NumPy."""

    def _sum_each_row(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.add.reduce(x, axis=1))

    def _mean(self, x: Floats) -> float:
        return float(np.mean(x, dtype=np.float64))
