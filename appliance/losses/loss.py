"""The protocol of a loss function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from appliance.layers.layer import Floats, Signal
    from appliance.numerics.plans import Plan


class LossPass(NamedTuple):
    """The arrays of a planned loss for one number of rows.

    Attributes:
        targets: (m,); the true classes, copied in before the plan runs.
        gradient: of the network's output, (m, c), not divided by the number of samples.
        terms: arrays (m,) from which `average` makes the mean loss; the next batch overwrites them.
    """

    targets: NDArray[np.intp]
    gradient: Signal
    terms: tuple[Floats, ...]


class Loss(ABC):
    """A loss function over the rows of a batch."""

    @abstractmethod
    def plan(self, outputs: Signal, plan: Plan) -> LossPass:
        """List the loss of a network's output (m, c)."""

    @abstractmethod
    def average(self, terms: tuple[NDArray[Any], ...]) -> float:
        """Return the mean loss from the terms of all samples, each (n,)."""

    @abstractmethod
    def evaluate(self, outputs: Floats, targets: NDArray[np.uint8]) -> float:
        """Return the mean loss of outputs (n, c) with true classes (n,)."""
