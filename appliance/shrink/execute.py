"""Carries out a request: wheels obtained, environments built, packages searched, the answer made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import attrs

from appliance.shrink.answer import Answer, make_answer
from appliance.shrink.environments import Environments, NotTestableError
from appliance.shrink.laboratory import PackageLauncher
from appliance.shrink.locks import prepare_lock
from appliance.shrink.requests import digest_request, find_interpreter, list_remarks
from appliance.shrink.rows import Material
from appliance.shrink.search import Found, search
from appliance.shrink.wheels import list_changes, obtain_wheels
from appliance.vary.axes.aslr import Aslr
from appliance.vary.axes.hash_seed import HashSeed
from appliance.vary.axis import Subject
from appliance.vary.copies import check_size, remove_directory
from appliance.vary.execute import allow
from appliance.vary.memory import Memory
from appliance.vary.running import Workshop
from appliance.vary.scratch import open_scratch
from appliance.vary.subjects import relate_paths
from appliance.vary.world import Setting, World
from verify.digests import digest_json
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from appliance.shrink.requests import ShrinkRequest
    from appliance.shrink.wheels import Change
    from appliance.vary.axis import Axis
    from appliance.vary.trial import Trial

_AXES: tuple[Axis, ...] = (HashSeed(), Aslr())  # fixed in every run, as in `vary`
_SETS = "sets"


def shrink(request: ShrinkRequest, progress: Callable[[str], None]) -> Answer:
    """Find the smallest set of packages with which the results of a program change.

    Args:
        request: what is asked for.
        progress: gets one line for each step.

    Raises:
        UsageError: the request cannot be carried out as written.
        CouldNotJudgeError: no environment can be made, or a lock cannot be installed.
    """
    started, run = time.perf_counter(), request.run
    if not run.command:
        raise UsageError("no command", remedy="put it after --, as in: repro-appliance shrink A B -- python script.py")
    if any(glob.startswith(("/", "../")) for glob in run.globs):
        raise UsageError("an output must be below the working directory", found=", ".join(run.globs))
    check_size(request.directory)
    run = attrs.evolve(run, command=relate_paths(run.command, request.directory))
    request = attrs.evolve(request, run=run)
    python = find_interpreter(request)
    with open_scratch(digest_request(request)) as scratch:
        answer = _search(request, python, scratch, started, progress)
        if answer.complete:
            remove_directory(scratch)
    return answer


def _search(
    request: ShrinkRequest, python: Path, scratch: Path, started: float, progress: Callable[[str], None]
) -> Answer:
    """Obtain the wheels, search, and make the answer."""
    run, room = request.run, scratch / "packages"
    room.mkdir()
    environments = Environments(python=python, environment=run.environment, room=room)
    readable = []
    for number, lock in enumerate(request.locks):
        (room / f"lock-{number}").mkdir()
        readable.append(prepare_lock(request.directory / lock, room / f"lock-{number}"))
    progress("making an environment that has pip")
    environments.prepare()
    sets, variables = [], environments.clean_environment
    for number, lock in enumerate(request.locks):
        progress(f"obtaining the packages of {lock}")
        folder = room / f"wheels-{number}"
        sets.append(obtain_wheels(readable[number], lock, folder, environments.tool, variables, request.directory))
    changes = list_changes(*sets)
    environments.base, environments.changes = sets[0], changes
    _forget_others(scratch, changes)
    launcher = PackageLauncher(
        command=run.command, environment=run.environment, axes=_AXES, baseline=_list_baseline(request, scratch),
        environments=environments, locks=request.locks,
    )  # fmt: skip
    memory = _open_memory(request, scratch, launcher, started, progress)
    settings = [Setting(axis=change.name, value=change.value) for change in changes]
    found = Found()
    if changes:
        _require_both(environments, settings, request.locks)
        found = search(settings, memory)
    else:
        found.findings.complete = True
    material = Material(
        found=found, changes=changes, locks=request.locks, memory=memory, launcher=launcher,
        equal=len({*sets[0], *sets[1]}) - len(changes), environments=environments.built,
        seconds=time.perf_counter() - started, remarks=list_remarks(request),
    )  # fmt: skip
    return make_answer(material)


def _list_baseline(request: ShrinkRequest, scratch: Path) -> dict[str, str]:
    """Return the values that are fixed in every run."""
    subject = Subject(
        command=request.run.command, python=None, numpy=None, blas=(), cpu_features=(), scratch=scratch,
        environment=request.run.environment,
    )  # fmt: skip
    return {axis.name: axis.values(subject)[0] for axis in _AXES}


def _open_memory(
    request: ShrinkRequest, scratch: Path, launcher: PackageLauncher, started: float, progress: Callable[[str], None]
) -> Memory:
    run = request.run
    workshop = Workshop(
        launcher=launcher, source=request.directory, scratch=scratch, globs=run.globs, allowance=allow(run, scratch)
    )  # fmt: skip

    def report(world: World, trial: Trial, runs: int) -> None:
        progress(f"run {runs}: {world}: {trial.ending or f'{trial.seconds:.1f} s'}")

    memory = Memory(
        workshop=workshop,
        state=scratch / "state.json",
        seconds_left=lambda: None if run.budget is None else run.budget - (time.perf_counter() - started),
        limit=run.limit,
        report=report,
    )
    resumed = memory.resume()
    if resumed:
        progress(f"{resumed} runs are known from an earlier search")
    return memory


def _require_both(environments: Environments, settings: Sequence[Setting], locks: tuple[Path, Path]) -> None:
    """Make sure that each lock can be installed by itself."""
    for lock, world in ((locks[1], World.make(settings)), (locks[0], World())):
        try:
            environments.provide(world)
        except NotTestableError as error:
            remedy = "a lock must name packages that can be installed together"
            raise CouldNotJudgeError("a lock cannot be installed", where=lock, found=error, remedy=remedy) from error


def _forget_others(scratch: Path, changes: Sequence[Change]) -> None:
    """Forget what an earlier search knew if pip has given other packages since."""
    kept = scratch / "kept"
    digest = digest_json([str(change) for change in changes])
    known = kept / _SETS
    if not known.is_file() or known.read_text(encoding="utf-8") != digest:
        (scratch / "state.json").unlink(missing_ok=True)
        remove_directory(kept)
        kept.mkdir()
        known.write_text(digest, encoding="utf-8")
