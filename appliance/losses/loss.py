"""The protocol of a loss function."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.layers.layer import Floats, Signal
    from appliance.numerics.plans import Plan

    Array = NDArray[Any]


class LossPass(NamedTuple):
    """The arrays of a planned loss for one number of rows.

    Attributes:
        targets: (m,) or (m, t) as the labels of the data; true classes or targets, copied in before the plan runs.
        gradient: of the network's output, (m, c), not divided by the number of samples.
        terms: arrays (m,), of the format or float64, from which `average` makes the mean loss; the next batch
            overwrites them.
    """

    targets: Array
    gradient: Signal
    terms: tuple[Floats, ...]


class Loss(ABC):
    """A loss function over the rows of a batch.

    A term of a sample depends on this sample only, and `average` adds the terms of all samples in any order.

    Attributes:
        term_count: how many terms a sample has.
    """

    term_count = 1

    @abstractmethod
    def plan(self, outputs: Signal, plan: Plan) -> LossPass:
        """List the loss of a network's output (m, c)."""

    @abstractmethod
    def average(self, terms: tuple[Array, ...]) -> float:
        """Return the mean loss from the terms of all samples, each (n,)."""

    @abstractmethod
    def evaluate(self, outputs: Floats, targets: Array) -> float:
        """Return the mean loss of outputs (n, c) with the labels of n samples."""

    @abstractmethod
    def classify(self, outputs: Floats) -> Array | None:
        """Return the predicted labels of outputs (n, c), in the type and shape of labels; None for real numbers."""

    @abstractmethod
    def score(self, outputs: Floats, targets: Array) -> Mapping[str, float]:
        """Return what is measured beside the loss, by name: "accuracy" as a fraction, or "mean_absolute_error"."""
