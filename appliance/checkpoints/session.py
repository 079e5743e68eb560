"""The checkpoints of one training while it runs: when they are due, how they are written, what is kept."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.checkpoints.contents import describe_trace, list_arrays
from appliance.checkpoints.finding import describe_other, describe_position
from appliance.checkpoints.folder import KEPT
from appliance.training.checkpointing import ENDING, KEEP, NOTHING
from verify.errors import UsageError, advise_access
from verify.files.checkpoint import HISTORY_ROWS, STATEMENT, Checkpoint, format_statement, seal_parts
from verify.files.history import format_history
from verify.files.trace import EVENTS_NAME
from verify.startup.signals import defer_signals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from appliance.checkpoints.contents import Arrays
    from appliance.checkpoints.finding import Found, Identity
    from appliance.checkpoints.folder import Folder
    from appliance.checkpoints.intervals import Interval
    from appliance.training.state import TrainingState
    from verify.startup.signals import Deferred
    from verify.tracing.recorder_state import RecorderState


class Session:
    """The checkpoints of one training in this process.

    Args:
        folder: where they are; its lock is held.
        interval: when they are due.
        identity: what is trained.
        found: the checkpoint to go on from; None to begin at the start.
        leads: whether this is the first worker, which alone writes; what it finds due, all find due.

    Attributes:
        seconds: the time that earlier processes have spent on this training.
        parts: how many processes have worked on it, this one included.
        position: how far the newest checkpoint is, in words; None before there is one.
        is_done: whether the checkpoints were removed because nobody needs them.
    """

    def __init__(
        self, folder: Folder, interval: Interval, identity: Identity, found: Found | None, *, leads: bool = True
    ) -> None:
        self.seconds = 0.0 if found is None else found.statement.seconds
        self.parts = 1 if found is None else found.statement.parts + 1
        self.position = None if found is None else describe_position(found.state.epoch, found.state.step)
        self._folder, self._interval, self._identity, self._found = folder, interval, identity, found
        self._leads = leads
        self.is_done = False
        self._next = max(folder.list_numbers(), default=0) + 1 if leads else 0
        self._previous = None if found is None else found.seal
        self._kept = {} if found is None else {found.statement.number: _name_trace(found)}
        self._trace: str | None = None
        self._digests: Mapping[str, str] = {}
        self._begun = 0.0
        self._deferred: Deferred | None = None

    def begin_trace(self) -> tuple[Path, tuple[RecorderState, Path] | None]:
        """Return a new directory for the trace of this process, and where the trace of earlier ones goes on."""
        self._trace = self._folder.name_trace(self._next)
        place = self._folder.renew_trace(self._trace)
        if self._found is None or self._found.state.trace is None or self._found.statement.trace is None:
            return place, None
        return place, (self._found.state.trace, self._folder.path / self._found.statement.trace.folder / EVENTS_NAME)

    def begin(self, digests: Mapping[str, str]) -> TrainingState | None:
        """Return the state to go on from, if it belongs to these data and initial weights.

        Raises:
            UsageError: it does not.
        """
        self._digests, found = dict(digests), self._found
        self._begun = time.monotonic()
        self._interval.begin()
        if found is None:
            return None
        for name, stated in (
            ("dataset", found.statement.dataset),
            ("initial_weights", found.statement.initial_weights),
        ):
            if stated != digests[name]:
                raise describe_other(self._folder, f"{name} {digests[name]}", f"{name} {stated}")
        self._found = None
        return found.state

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Let signals wait for the end of a step inside the block."""
        with defer_signals() as self._deferred:
            yield

    def find_demand(self, steps: int) -> int:
        """Return what is wanted after so many more steps."""
        if self._deferred is not None and self._deferred.arrived is not None:
            return ENDING + self._deferred.arrived
        return KEEP if self._leads and self._interval.is_due(steps) else NOTHING

    def keep(self, state: TrainingState, demand: int) -> None:
        """Write a checkpoint; for a demand above `KEEP`, let the signal act then.

        Raises:
            UsageError: it cannot be written; those that were there are there still.
        """
        if self._leads:
            self._write(state)
        self.position = describe_position(state.epoch, state.step)
        if demand > KEEP and self._deferred is not None:
            self._deferred.release()
            signal.raise_signal(demand - ENDING)

    def _write(self, state: TrainingState) -> None:
        """Write the next checkpoint, and remove those that are no longer kept."""
        statement, arrays = self._describe(state)
        texts = {STATEMENT: format_statement(statement), HISTORY_ROWS: format_history(state.history).encode()}
        seal, parts = seal_parts(arrays, texts)
        self._write_parts(parts)
        self._kept[self._next] = self._trace
        self._kept = dict(sorted(self._kept.items())[-KEPT:])
        self._folder.keep_only(self._kept, [name for name in (*self._kept.values(), self._trace) if name is not None])
        self._next, self._previous = self._next + 1, seal
        self._interval.begin()

    def _describe(self, state: TrainingState) -> tuple[Checkpoint, Arrays]:
        """Return what the next checkpoint says of itself, and its arrays."""
        arrays, fields = list_arrays(state)
        place = None
        if state.trace is not None and self._trace is not None and self._identity.trace is not None:
            place = describe_trace(state.trace, self._trace, self._identity.trace)
        identity = self._identity
        return Checkpoint(
            number=self._next,
            previous=self._previous,
            bits=identity.bits,
            config=identity.config,
            config_digest=identity.config_digest,
            profile=identity.profile,
            precision=identity.precision,
            dataset=self._digests["dataset"],
            initial_weights=self._digests["initial_weights"],
            seconds=self.seconds + time.monotonic() - self._begun,
            parts=self.parts,
            trace=place,
            **fields,
        ), arrays

    def _write_parts(self, parts: list[bytes | memoryview]) -> None:
        try:
            self._folder.write(self._next, parts)
        except OSError as error:
            raise UsageError(
                "a checkpoint cannot be written",
                expected="a folder that can be written, with room for it",
                found=error.strerror or error,
                where=self._folder.path,
                remedy=advise_access(error) or "make room; --resume goes on from the checkpoints that are there",
            ) from error

    def finish(self) -> None:
        """Remove the checkpoints, which nobody needs any more; for a run, when it is in its place."""
        if self._leads:
            self._folder.remove()
            self.is_done = True


def _name_trace(found: Found) -> str | None:
    return None if found.statement.trace is None else found.statement.trace.folder
