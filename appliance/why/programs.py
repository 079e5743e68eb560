"""Runs the program of a trace again, in a fresh copy of its directory, in a chosen world, with captures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import attrs

from appliance.processes.child import Children, Command, Limits
from appliance.tracing.finishing import finish_trace
from appliance.tracing.request import TraceRequest
from appliance.tracing.staging import stage_recorder
from appliance.vary.axis import Launch
from appliance.vary.copies import check_size, copy_directory, remove_directory
from appliance.vary.launching import make_command
from appliance.vary.subjects import relate_paths
from appliance.why.states import apply_setup, divide_command
from verify.errors import ApplianceError, UsageError
from verify.files.traces import open_trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from appliance.why.states import Setup
    from verify.files.trace import EventId
    from verify.files.traces import Trace

MARK = "REPRO_APPLIANCE_WHY"
_SECONDS = 600.0


class Subject(Protocol):
    """What can be run again: a program with a trace, or a training."""

    @property
    def name(self) -> str:
        """The program in words that are equal for equal programs."""

    @property
    def runs(self) -> int:
        """How often it was run."""

    @property
    def reason(self) -> str:
        """Why it could not be run the last time; "" if it could."""

    def run(
        self, setup: Setup, wanted: Iterable[EventId] = (), change: Callable[[Launch], Launch] | None = None
    ) -> Trace | None:
        """Return a trace of a run in a world; None where it cannot be run.

        Args:
            setup: the world.
            wanted: events with operands to keep.
            change: a further change of the launch, such as a value of an axis.
        """


@attrs.define(kw_only=True)
class TracedProgram:
    """A program of the user.

    Args:
        trace: its trace, of which the header names command, directory and watched modules.
        scratch: where it is run.
        environment: the variables of this process, without those that name a world.
        allowed: whether it may be run.
        runs: how often it was run.
    """

    trace: Trace
    scratch: Path
    environment: Mapping[str, str]
    allowed: bool = True
    runs: int = 0
    reason: str = ""

    @property
    def directory(self) -> Path | None:
        """The directory in which it ran, if it is here."""
        place = self.trace.header.directory
        return Path(place) if place is not None and Path(place).is_dir() else None

    @property
    def name(self) -> str:
        """Its arguments and its directory."""
        return json.dumps([*self.command[1:], self.trace.header.directory])

    @property
    def command(self) -> tuple[str, ...]:
        """Its command, without programs that make a state of an axis."""
        return divide_command(self.trace.header.command)[1]

    def run(
        self, setup: Setup, wanted: Iterable[EventId] = (), change: Callable[[Launch], Launch] | None = None
    ) -> Trace | None:
        """Return a trace of a run in a fresh copy of the directory; None where the program cannot be run here."""
        source = self.directory
        if source is None or not self.allowed:
            self.reason = "its directory is not here" if source is None else "no program is run again, as asked"
            return None
        self.runs += 1
        room = self.scratch / f"run-{self.runs}"
        remove_directory(room)
        work = room / "work"
        room.mkdir(parents=True)
        try:
            check_size(source)
            copy_directory(source, work)
            launch = self._plan(setup, work)
            return self._trace(change(launch) if change is not None else launch, room, wanted)
        except (ApplianceError, OSError) as error:
            self.reason = getattr(error, "title", None) or str(error)
            return None
        finally:
            remove_directory(work)

    def _plan(self, setup: Setup, work: Path) -> Launch:
        header = self.trace.header
        directory = Path(header.directory or "/")
        command = (self.command[0], *relate_paths(self.command[1:], directory))
        return apply_setup(setup, Launch(command=command, environment=dict(self.environment), directory=work))

    def _trace(self, launch: Launch, room: Path, wanted: Iterable[EventId]) -> Trace:
        """Run a launch with the recorder in it."""
        place = room / "trace"
        captures = room / "captures.json"
        captures.write_text(json.dumps([event._asdict() for event in wanted]), encoding="utf-8")
        command = make_command(launch, (), room / "startup", (MARK, self.scratch.name))
        watch = self.trace.header.extra.get("watch", [])
        settings = {
            "directory": str(place),
            "watch": watch,
            "command": list(self.trace.header.command),
            "place": self.trace.header.directory or "",
            "captures": str(captures),
            "limit": None,
        }
        staging = room / "recorder"
        staging.mkdir()
        (room / "streams").mkdir()
        environment = stage_recorder(staging, settings, command.environment or {})
        outcome = Children().run(
            Command(arguments=command.arguments, environment=environment, directory=launch.directory),
            room / "streams",
            Limits(seconds=_SECONDS),
        )
        if outcome.status != "exited":
            raise UsageError("the program could not be run again", found=outcome.reason or outcome.status)
        request = TraceRequest(command=launch.command, output=place, environment={})
        finish_trace(place, place, request, outcome.code or 0)
        return open_trace(place)

    def forget(self) -> None:
        """Remove what the runs left."""
        shutil.rmtree(self.scratch, ignore_errors=True)
