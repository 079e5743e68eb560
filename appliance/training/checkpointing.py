"""What a training tells while it runs, so that it can be taken up where it was left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from appliance.training.state import TrainingState

NOTHING: Final = 0
KEEP: Final = 1
"""A state is wanted."""
ENDING: Final = 128
"""With the number of a signal: a state is wanted, and afterwards the end of the process by that signal."""


class Checkpoints(Protocol):
    """Where the states of a training go.

    Attributes:
        seconds: the time that earlier processes have spent on this training.
        parts: how many processes have worked on it, this one included.
    """

    seconds: float
    parts: int

    def begin(self, digests: Mapping[str, str]) -> TrainingState | None:
        """Take note that the training is ready: of what data and initial weights. Return the state to go on from.

        Raises:
            UsageError: the state belongs to other data or to other initial weights.
        """

    def watch(self) -> AbstractContextManager[None]:
        """Let signals wait for the end of a step inside the block."""

    def find_demand(self, steps: int) -> int:
        """Return what is wanted after so many more steps: `NOTHING`, `KEEP`, or a state and the end.

        Of several workers, all must get the largest answer of all.
        """

    def keep(self, state: TrainingState, demand: int) -> None:
        """Keep a state; for a demand above `KEEP`, end the process afterwards with the signal."""
