"""Watchers: they see the steps and epochs of a training, change nothing, and may end it early."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from appliance.training.state import WatcherState
    from verify.files.record import EpochRow

    Parameters = Mapping[str, NDArray[np.floating[Any]]]


class Watcher(Protocol):
    """What a training tells while it runs.

    Attributes:
        sees_steps: whether `see_step` is called; parameters are then whole in every step, which is slower where most
            inputs are zero in every sample.
        has_stopped: whether the training ends with the epoch that is in progress.
    """

    sees_steps: bool
    has_stopped: bool

    def see_step(self, epoch: int, step: int, loss: Callable[[], float], parameters: Parameters) -> None:
        """Take note of a step: its epoch and its number in it, both counted from 1, and the mean loss of its batch."""

    def see_epoch(self, row: EpochRow, parameters: Parameters) -> None:
        """Take note of the end of an epoch, after its evaluation."""

    def capture(self) -> WatcherState:
        """Return a copy of what is carried from step to step."""

    def restore(self, state: WatcherState) -> None:
        """Go on from what `capture` returned."""
