"""Writes a trace: one line for each event, chained by SHA-256.

    recorder = Recorder(directory, level="step", command=[...], world={...})
    recorder.enter(epoch=1, step=1)
    recorder.event("operation", "dense_1.forward", inputs={"x": x, "w": w}, outputs={"y": y})
    ...
    recorder.close(coverage={"not_seen": ["..."]})

An operation that changes its inputs is recorded in two steps, so that they are read before it runs:

    pending = recorder.begin("operation", "update", inputs={"w": w})
    update(w)
    pending.end({"w": w})

* `inputs` and `outputs` are mappings, or pairs of name and value: arrays, numbers, texts, and containers of them.
* An event's id is (epoch, step, stage, occurrence). Occurrences are counted from 1 within the same epoch and step.
* `at` (such as "script.py:31") is not part of the id. Leave it out where equal runs must give equal files.
* Threads may share a recorder: the stage of an event in another thread ends with `@` and the thread's name. A forked
  process goes on in a file of its own, `events-NAME.jsonl`.
* Every line is handed to the system at once, so a program that is killed leaves whole lines and `"complete": false`.
* `captures` names the events with operands to keep, as `tensors/N.npz` with members `in.NAME` and `out.NAME`.
* Memory does not grow with the number of events. Files are limited (`limit`); the coverage says what was left out.
* `capture` returns how far the trace is. A recorder of another process goes on from there (`take_over`), elsewhere.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.tracing.captures import Captures
from verify.tracing.event_file import EventFile
from verify.tracing.flattening import Tally
from verify.tracing.headers import TENSORS, Header, summarize_coverage
from verify.tracing.pending import Pending, format_line
from verify.tracing.recorder_state import RecorderState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from verify.tracing.captures import EventId
    from verify.tracing.tensors import Values

KINDS = ("data", "draw", "operation", "collective", "state", "decision", "output")
LIMIT = 1 << 30  # bytes of events


class Recorder:
    """One trace that is being written.

    Args:
        directory: where the trace is written; it is made if it does not exist.
        level: "epoch", "step" or "calls".
        command: the words that started the program.
        world: what was read back of the world; `close` may replace it.
        details: further keys of the header, such as "directory" and "environment".
        captures: ids (epoch, step, stage, occurrence) of the events with operands to keep; None is no epoch or step.
        limit: the largest number of bytes of one file of events.
        main: whether this process writes `header.json` and `events.jsonl`.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        *,
        level: str,
        command: Sequence[str] = (),
        world: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
        captures: Iterable[EventId] = (),
        limit: int = LIMIT,
        main: bool = True,
    ) -> None:
        self.directory = Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.tally = Tally()
        self.main = main
        self._header = Header(self.directory, level=level, command=command, world=world or {}, details=details or {})
        self._epoch: int | None = None
        self._step: int | None = None
        self._captures = Captures(self.directory / TENSORS, captures)
        self._limit = limit
        self._closed = False
        self._begin_process()
        if self.main:
            self._write_header(complete=False, coverage={})

    def capture(self) -> RecorderState:
        """Return how far the trace is, after the disk has it."""
        self._check_process()
        with self._lock:
            self._file.sync()
            return RecorderState(
                events=self.events,
                size=self._file.size,
                chain=self.chain,
                heads=[dict(head) for head in self._file.heads],
                place=self.place,
                occurrences=dict(self._occurrences),
                left_out=self.left_out,
                read=self.tally.bytes,
                types=dict(self.tally.types),
            )

    def take_over(self, state: RecorderState, path: Path) -> None:
        """Go on where an earlier process was: copy its events from its file. Nothing may have been recorded before.

        Raises:
            ValueError: the file does not begin with these events.
        """
        self._file.take_over(path, state.size, state.chain)
        self._file.events, self._file.left_out = state.events, state.left_out
        self._file.heads = [dict(head) for head in state.heads]
        self._epoch, self._step = state.place
        self._occurrences.update(state.occurrences)
        self.tally.bytes, self.tally.types = state.read, dict(state.types)
        if self.main:
            self._write_header(complete=False, coverage={})

    def _begin_process(self) -> None:
        """Start a file of events for this process."""
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._file = EventFile(self.directory, self._limit, main=self.main)
        self._epoch = self._step = None
        self._occurrences: dict[str, int] = {}

    def enter(self, epoch: int | None = None, step: int | None = None) -> None:
        """Say in which epoch and step the next events are; the head of the chain is kept at the end of each epoch."""
        self._check_process()
        with self._lock:
            if (epoch, step) == (self._epoch, self._step):
                return
            if epoch != self._epoch:
                self._end_epoch()
            self._epoch, self._step = epoch, step
            self._occurrences.clear()

    @property
    def place(self) -> tuple[int | None, int | None]:
        """The epoch and the step of the next event."""
        return self._epoch, self._step

    def event(self, kind: str, stage: str, *, inputs: Values = (), outputs: Values = (), at: str | None = None) -> int:
        """Record one event; return its number, or 0 if the limit of the file is passed."""
        return self.begin(kind, stage, inputs, at=at).end(outputs)

    def begin(self, kind: str, stage: str, inputs: Values = (), *, at: str | None = None) -> Pending:
        """Read the inputs of an event that is about to happen."""
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no kind of event: {', '.join(KINDS)}")
        self._check_process()
        thread = threading.current_thread()
        if thread is not threading.main_thread():
            stage = f"{stage}@{thread.name}"
        with self._lock:
            occurrence = self._occurrences.get(stage, 0) + 1
            self._occurrences[stage] = occurrence
            name = (self._epoch, self._step, stage, occurrence)
        line: dict[str, Any] = {"kind": kind, "stage": stage, "occurrence": occurrence}
        places = {"epoch": self._epoch, "step": self._step, "at": at}
        line.update({key: value for key, value in places.items() if value is not None})
        return Pending(line, name, inputs, captures=self._captures, tally=self.tally, write=self._write_event)

    def _write_event(self, line: dict[str, Any], kept: list[tuple[str, Any]]) -> int:
        self._check_process()
        with self._lock:
            line["n"] = self.next_number
            if not self._file.write(format_line(line)):
                return 0
            number = self.events
        if kept:
            self._captures.save(self._file.name, number, kept)
        return number

    def write_lines(self, text: bytes, events: int) -> None:
        """Write the lines of several events that are formatted already; `next_number` is that of the first.

        For programs that know their events beforehand, and format them faster than `event` does. If the limit of the
        file would be passed, none of them is written.
        """
        self._check_process()
        with self._lock:
            self._file.write(text, events)

    @property
    def events(self) -> int:
        """How many events this process has recorded."""
        return self._file.events

    @property
    def left_out(self) -> int:
        """How many events could not be written."""
        return self._file.left_out

    @property
    def next_number(self) -> int:
        """The running number of the next event."""
        return self.events + 1

    @property
    def captured_places(self) -> frozenset[tuple[int | None, int | None]]:
        """The epochs and steps of the events with operands to keep."""
        return frozenset(name[:2] for name in self._captures.wanted)

    def save_operands(self, name: EventId, number: int, operands: Iterable[tuple[str, Any]]) -> None:
        """Keep the arrays in.NAME and out.NAME of an event from `write_lines`, if they are wanted."""
        if name in self._captures.wanted:
            self._captures.save(self._file.name, number, list(operands))

    def close(
        self,
        coverage: Mapping[str, Any] | None = None,
        *,
        world: Mapping[str, Any] | None = None,
        failure: str | None = None,
    ) -> None:
        """End the trace: write the header with the chain, the coverage and what was read of the world."""
        self._check_process()
        with self._lock:
            if self._closed:
                return
            self._end_epoch()
            self._closed = True
            self._file.close()
        if world is not None:
            self._header.given["world"] = dict(world)
        if failure is not None:
            self._header.given["failure"] = failure
        if self.main:
            self._write_header(complete=True, coverage=coverage or {})

    @property
    def chain(self) -> str:
        """The running hash over all lines until now."""
        return self._file.chain

    def _end_epoch(self) -> None:
        if self._epoch is not None:
            self._file.end_epoch(self._epoch)

    def _check_process(self) -> None:
        """After a fork, go on in a file of this process."""
        if os.getpid() != self._pid and not self._closed:
            self.main = False
            self._file.close()
            self._begin_process()

    def _write_header(self, *, complete: bool, coverage: Mapping[str, Any]) -> None:
        seen = summarize_coverage(coverage, self.events, self.tally, self._file.lost)
        self._header.write(
            complete=complete, events=self.events, heads=self._file.heads, chain=self.chain, coverage=seen
        )
