"""Carries out a request: axes proved, worlds searched, the answer made."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import psutil

from appliance.processes.limits import Allowance
from appliance.vary.answer import Answer, Material, make_answer
from appliance.vary.axis import Subject
from appliance.vary.copies import check_size, remove_directory, take_snapshot
from appliance.vary.launching import Launcher
from appliance.vary.memory import Memory
from appliance.vary.running import Workshop
from appliance.vary.scratch import open_scratch
from appliance.vary.search import search
from appliance.vary.selection import Tested, choose_axes, test_axis
from appliance.vary.subjects import find_python, read_subject, relate_paths
from appliance.vary.trial import BudgetSpentError
from appliance.vary.world import World
from verify.digests import digest_json
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from appliance.vary.axis import Axis
    from appliance.vary.trial import Trial

_PROCESSES = 512
_SHARE = 2  # a child may use half of the memory and of the free disk


@attrs.frozen(kw_only=True)
class Request:
    """What is asked for.

    Args:
        command: the program and its arguments.
        directory: the working directory, which is copied for every world; None for an empty one.
        environment: the variables of the program.
        axes: names of axes; none for the default ones.
        values: values by axis, in place of the axis's own.
        globs: which files are the outputs; none for all that are written, with standard output.
        budget: seconds; None for no limit.
        limit: seconds of wall time of one run; None for a multiple of the baseline's.
        memory: bytes of memory of one run; None for half of what there is.
        disk: bytes of files of one run; None for half of what is free.
        processes: processes of one run at one time.
    """

    command: tuple[str, ...]
    directory: Path | None
    environment: Mapping[str, str]
    axes: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    globs: tuple[str, ...] = ()
    budget: float | None = None
    limit: float | None = None
    memory: int | None = None
    disk: int | None = None
    processes: int = _PROCESSES


def vary(request: Request, known: Sequence[Axis], progress: Callable[[str], None]) -> Answer:
    """Find which axes change the results of a program.

    Args:
        request: what is asked for.
        known: the table of axes.
        progress: gets one line for each step.

    Raises:
        UsageError: the request cannot be carried out as written.
    """
    started = time.perf_counter()
    if not request.command:
        raise UsageError("no command", remedy="put it after --, as in: repro-appliance vary -- python script.py")
    if any(glob.startswith(("/", "../")) for glob in request.globs):
        raise UsageError("an output must be below the working directory", found=", ".join(request.globs))
    chosen = choose_axes(known, request.axes, request.values)
    if request.directory is not None:
        check_size(request.directory)
        request = attrs.evolve(request, command=relate_paths(request.command, request.directory))
    python = find_python(request.command, request.environment, request.directory or Path("/"))
    with open_scratch(_digest(request)) as scratch:
        subject = Subject(
            command=request.command, python=python, numpy=None, blas=(), cpu_features=(),
            scratch=scratch / "axes", environment=request.environment,
        )  # fmt: skip
        subject.scratch.mkdir(exist_ok=True)
        answer = _search(request, subject, known, chosen, started, progress)
        if answer.complete:
            remove_directory(scratch)
    return answer


def _search(
    request: Request,
    subject: Subject,
    known: Sequence[Axis],
    chosen: Sequence[Axis],
    started: float,
    progress: Callable[[str], None],
) -> Answer:
    """Prove the axes, search, and make the answer."""
    scratch = subject.scratch.parent
    tools = Workshop(
        launcher=Launcher(command=request.command, environment=request.environment, axes=(), baseline={}),
        source=request.directory, scratch=scratch, globs=request.globs, allowance=allow(request, scratch),
    )  # fmt: skip
    subject = read_subject(subject, tools.ask)
    baseline = {axis.name: values[0] for axis in known if (values := axis.values(subject))}
    launcher = Launcher(command=request.command, environment=request.environment, axes=known, baseline=baseline)
    workshop = attrs.evolve(tools, launcher=launcher)
    memory = Memory(
        workshop=workshop,
        state=scratch / "state.json",
        seconds_left=lambda: None if request.budget is None else request.budget - (time.perf_counter() - started),
        limit=request.limit,
        report=lambda world, trial, runs: progress(_describe(world, trial, runs)),
    )
    resumed = memory.resume()
    if resumed:
        progress(f"{resumed} runs are known from an earlier search")
    tested: list[Tested] = []
    works = _works(memory, progress)
    for axis in chosen:
        if not works:
            tested.append(Tested(axis=axis))
            continue
        progress(f"axis {axis.name}: looking for an effect")
        tested.append(test_axis(axis, request.values.get(axis.name, ()), subject, tools.ask))
    findings = search({one.axis.name: one.values for one in tested if one.values}, memory)
    material = Material(
        findings=findings, tested=tested, memory=memory, launcher=launcher, seconds=time.perf_counter() - started
    )
    return make_answer(material)


def _works(memory: Memory, progress: Callable[[str], None]) -> bool:
    """Run the program as it is; where it fails, nobody needs to look at the axes. The search does not run it again."""
    try:
        if memory.is_outdated():
            progress("the program gives other results than in the earlier search, which is forgotten")
            memory.forget()
        return not memory.observe(World()).ending
    except BudgetSpentError:
        return True


def _describe(world: World, trial: Trial, runs: int) -> str:
    return f"run {runs}: {world}: {trial.ending or f'{trial.seconds:.1f} s'}"


def allow(request: Request, scratch: Path) -> Allowance:
    """Return what each run may use: half of the memory and of the free disk, unless the request says otherwise."""
    return Allowance(
        memory=request.memory or psutil.virtual_memory().total // _SHARE,
        processes=request.processes,
        disk=request.disk or psutil.disk_usage(str(scratch)).free // _SHARE,
    )


def _digest(request: Request) -> str:
    """Return the digest of everything that decides what a search finds, but for what the machine is."""
    found = take_snapshot(request.directory) if request.directory is not None else {}
    contents = {name: [state[0], state[1]] for name, state in found.items()}
    parts = [
        list(request.command), str(request.directory), dict(request.environment), list(request.globs), contents,
    ]  # fmt: skip
    return digest_json([repr(part) for part in parts])
