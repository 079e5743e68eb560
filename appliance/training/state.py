"""The state of a training as one value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.launch.generators import Generators
    from appliance.training.record import EpochRow
    from verify.tracing.recorder_state import RecorderState


@attrs.frozen(kw_only=True, eq=False)
class WatcherState:
    """What a watcher carries from step to step.

    Attributes:
        stopped: whether the training ends with the epoch that is in progress.
        callbacks: what each of a user's callbacks gave by name; None for one that gave nothing.
        names: the classes of these callbacks; none where they are not known.
    """

    stopped: bool
    callbacks: tuple[Mapping[str, Any] | None, ...] = ()
    names: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, eq=False)
class TrainingState:
    """Everything that the rest of a training depends on, besides configuration and data.

    Attributes:
        epoch: the epoch in progress, counted from 1; one more than the last when the training is done.
        step: the steps of this epoch that are done.
        arrays: parameters, optimizer state and carried bounds by name; see `Trainer.capture`.
        terms: the terms of the loss of this epoch's samples so far, each float64 (n,).
        history: the rows of the epochs that are done.
        generators: the global generators, for code of users that draws from them; None leaves them as they are.
        watcher: what the watcher carries; None without one.
        trace: how far the trace is; None without one.
    """

    epoch: int
    step: int
    arrays: dict[str, NDArray[Any]]
    terms: tuple[NDArray[Any], ...]
    history: tuple[EpochRow, ...]
    generators: Generators | None = None
    watcher: WatcherState | None = None
    trace: RecorderState | None = None

    def names(self) -> list[str]:
        """Return the names of all arrays, sorted."""
        return sorted(self.arrays)
