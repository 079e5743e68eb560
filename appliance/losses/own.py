"""Losses that a user's program gives: their functions run inside plans.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.layer import Signal
from appliance.layers.own import freeze, read_array
from appliance.losses.cross_entropy import NativeCrossEntropy, PortableCrossEntropy
from appliance.losses.loss import Loss, LossPass
from appliance.losses.squared_error import NativeSquaredError, PortableSquaredError
from appliance.numerics.grids import flush_tiny
from appliance.numerics.sums import mean_on_grid
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.config.own_rules import OwnLoss
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class GivenLoss(Loss):
    """A loss of a user's; predictions are classified and scored as with the usual loss for such labels.

    Args:
        own: the user's object.
        fmt: the number format.
        targets: how many each sample has; 0 where labels are class numbers.
        portable: gradients are free of subnormal numbers and of -0.
    """

    def __init__(self, own: OwnLoss, fmt: Format, targets: int, *, portable: bool) -> None:
        self._own = own
        self._fmt = fmt
        self._targets = targets
        self._portable = portable
        usual: Loss
        if targets:
            usual = (PortableSquaredError if portable else NativeSquaredError)(fmt, targets)
        else:
            usual = (PortableCrossEntropy if portable else NativeCrossEntropy)(fmt)
        self._usual = usual

    def plan(self, outputs: Signal, plan: Plan) -> LossPass:
        """List the loss of outputs (m, c)."""
        z = outputs.values
        targets: NDArray[Any] = np.zeros(len(z), dtype=np.intp)
        if self._targets:
            targets = np.zeros((len(z), self._targets), dtype=self._fmt.dtype)
        gradient, terms = np.empty(z.shape, dtype=self._fmt.dtype), np.zeros(len(z))
        plan.host(self._run, z, targets, gradient, terms)
        if self._portable:
            flush_tiny(gradient, self._fmt, plan)
        return LossPass(targets, Signal(gradient), (terms,))

    def _run(self, z: Floats, targets: NDArray[Any], gradient: Floats, terms: Floats) -> None:
        z, targets = freeze(z), freeze(targets)
        self._take(self._own.values(z, targets), terms, "values")
        self._take(self._own.gradient(z, targets), gradient, "gradient")

    def _take(self, found: object, out: Floats, where: str) -> None:
        array = read_array(found)
        if array.shape != out.shape or array.dtype.kind not in "fiub":
            raise UsageError(
                "a loss of yours returned an array of another shape or type",
                expected=f"{out.shape}, {self._fmt.dtype.__name__}",
                found=f"{array.shape}, {array.dtype}",
                where=f"{type(self._own).__name__}.{where}",
            )
        np.copyto(out, array, casting="unsafe")

    def average(self, terms: tuple[NDArray[Any], ...]) -> float:
        """Return the mean of the losses of all samples."""
        return mean_on_grid(terms[0])

    def evaluate(self, outputs: Floats, targets: NDArray[Any]) -> float:
        """Return the mean loss of outputs (n, c)."""
        labels = targets.astype(self._fmt.dtype if self._targets else np.intp)
        terms = np.zeros(len(outputs))
        self._take(self._own.values(freeze(outputs), freeze(labels)), terms, "values")
        return self.average((terms,))

    def classify(self, outputs: Floats) -> NDArray[Any] | None:
        """Return the class of the largest output; None for targets."""
        return self._usual.classify(outputs)

    def score(self, outputs: Floats, targets: NDArray[Any]) -> Mapping[str, float]:
        """Return the accuracy, or the mean absolute error of targets."""
        return self._usual.score(outputs, targets)
