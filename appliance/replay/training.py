"""Trains the run of a run directory again in a child, with a trace of its steps and the operands of chosen events."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.launch.variables import THREAD_VARIABLES
from appliance.processes.captured import run_captured
from appliance.processes.own_package import find_package
from appliance.replay.world import plan_environment, read_parts, read_threads
from appliance.vary.axis import Launch
from appliance.vary.launching import make_command
from appliance.vary.requests import clean_environment
from verify.errors import ApplianceError, CouldNotJudgeError
from verify.files.run import load_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from verify.files.run import RunFiles
    from verify.files.trace import EventId
    from verify.files.traces import Trace

    Change = Callable[[Launch], Launch]

MARK = "REPRO_APPLIANCE_REPLAY"
_SETTINGS, _CAPTURES = "replay.json", "captures.json"


@attrs.frozen(kw_only=True, eq=False)
class Replay:
    """A run that was trained again.

    Args:
        original: the run.
        run: what it gave here.
        trace: its trace here, with every step from an epoch on, gradients and the operands that were asked for.
        departure: where it first gives other digests than the original, in words; None where it gives the same.
    """

    original: RunFiles
    run: RunFiles
    trace: Trace
    departure: str | None

    @property
    def repeated(self) -> bool:
        """Whether it gave the digests of the original."""
        return self.departure is None


@attrs.frozen(kw_only=True)
class Plan:
    """How a run is trained again.

    Args:
        scratch: an existing directory; each replay makes a directory of its own in it.
        first_epoch: the first epoch with steps in the trace.
        detailed: record gradients of weights, too.
        captures: events with operands to keep.
        change: changes the launch of the child, such as the value of an axis of `vary`; None for the recorded world.
        data_dir: where data files are; None for the usual places.
    """

    scratch: Path
    first_epoch: int = 1
    detailed: bool = True
    captures: tuple[EventId, ...] = ()
    change: Change | None = None
    data_dir: Path | None = None


def replay(run: RunFiles, plan: Plan) -> Replay:
    """Train a run again as its files say: configuration, profile, threads, kernel and instruction sets.

    Raises:
        CouldNotJudgeError: it cannot be trained here.
    """
    room = Path(tempfile.mkdtemp(prefix="replay-", dir=plan.scratch))
    work = room / "work"
    work.mkdir()
    write_plan(room, plan.first_epoch, plan.captures, detailed=plan.detailed)
    launch = plan_launch(run, room, work, plan)
    command = make_command(launch, (), room / "startup", (MARK, room.name))
    answer = run_captured(command)
    if answer.code != 0:
        raise CouldNotJudgeError(
            "a run cannot be trained again here",
            expected="exit code 0",
            found=f"exit code {answer.code}: {answer.messages.strip() or answer.last_line}",
            where=run.path,
            remedy="compare without it: --no-replay",
        )
    found = load_run(room / "run", operands=True)
    if found.trace is None:
        raise CouldNotJudgeError("a replay has no trace", where=room)
    return Replay(original=run, run=found, trace=found.trace, departure=find_departure(run, found))


def plan_launch(run: RunFiles, room: Path, work: Path, plan: Plan) -> Launch:
    """Return the launch of a child that trains a run again into `room`/run, started in the directory `work`."""
    config = room / "config.toml"
    config.write_bytes(run.config)
    environment = {**plan_environment(run, clean_environment(os.environ)), "PYTHONPATH": find_package(os.environ)}
    threads = dict.fromkeys(THREAD_VARIABLES, str(read_threads(run)))
    launch = Launch(command=(sys.executable,), environment={**environment, **threads}, directory=work)
    if plan.change is not None:
        launch = plan.change(launch)
    words = ["train", "--config", str(config), "--profile", run.record.profile, "--json"]
    words += ["--threads", _find_threads(launch), "--micro-batches", str(read_parts(run)), "--out", str(room / "run")]
    words += ["--checkpoint-every", "never", "--trace", "step", "--trace-plan", str(room / _SETTINGS)]
    words += ["--data-dir", str(plan.data_dir.resolve())] if plan.data_dir is not None else []
    return attrs.evolve(launch, command=(*launch.command, "-P", "-m", "appliance", *words))


def _find_threads(launch: Launch) -> str:
    """Return the threads of a launch: an axis sets the variables, but `train` has an option for them."""
    found = [launch.environment[name] for name in THREAD_VARIABLES if launch.environment.get(name, "").isdecimal()]
    return found[0] if found else "1"


def write_plan(room: Path, first: int, captures: Iterable[EventId], *, detailed: bool) -> None:
    """Write what `train --trace-plan` reads."""
    wanted = [event._asdict() for event in captures]
    (room / _CAPTURES).write_text(json.dumps(wanted), encoding="utf-8")
    settings = {"first": first, "detailed": detailed, "captures": bool(wanted)}
    (room / _SETTINGS).write_text(json.dumps(settings), encoding="utf-8")


def find_departure(a: RunFiles, b: RunFiles) -> str | None:
    """Return in words where two runs of one configuration first have other digests; None where they have the same."""
    for name in ("dataset", "initial_weights"):
        if getattr(a.record.digests, name) != getattr(b.record.digests, name):
            return name.replace("_", " ")
    for x, y in zip(a.record.epochs, b.record.epochs, strict=False):
        if x != y:
            return f"epoch {x.epoch}"
    return "the digest of the run" if a.record.digests.run != b.record.digests.run else None


def try_replay(run: RunFiles, plan: Plan) -> tuple[Replay | None, str]:
    """Return a replay, or None with the reason why there is none."""
    try:
        return replay(run, plan), ""
    except ApplianceError as error:
        return None, f"{error.title}: {error.found}"
