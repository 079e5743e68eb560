"""The state of a training as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.training.record import EpochRow


@attrs.frozen(kw_only=True, eq=False)
class TrainingState:
    """Everything that the rest of a training depends on, besides configuration and data.

    Attributes:
        epoch: the epoch in progress, counted from 1; one more than the last when the training is done.
        step: the steps of this epoch that are done.
        arrays: parameters, optimizer state and carried bounds by name; see `Trainer.capture`.
        terms: the terms of the loss of this epoch's samples so far, each float64 (n,).
        history: the rows of the epochs that are done.
    """

    epoch: int
    step: int
    arrays: dict[str, NDArray[Any]]
    terms: tuple[NDArray[Any], ...]
    history: tuple[EpochRow, ...]

    def names(self) -> list[str]:
        """Return the names of all arrays, sorted."""
        return sorted(self.arrays)
