"""Prepares a command for the most reproducible world of this host, reads that world back, writes the fingerprint."""

from __future__ import annotations

import json
import os
import platform
import shutil
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.processes.captured import run_captured
from appliance.processes.child import Command, Limits
from appliance.vary.axis import Launch, Subject
from appliance.vary.launching import make_command
from appliance.vary.subjects import find_python, read_subject
from appliance.world.judging import judge
from appliance.world.reading import read_world
from appliance.world.report import SCHEMA, World
from appliance.world.settings import PORTABLE, make_plan, remove_settings
from verify.digests import digest_json
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.writing import format_json, write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.world.reading import Readings

_SECONDS = 120.0  # for a child that reads; it needs less than one
_DIGITS = 12
_LARGEST = 2**26  # bytes of an earlier fingerprint


@attrs.frozen(kw_only=True)
class Request:
    """What is asked for.

    Args:
        command: the program and its arguments.
        directory: the user's working directory, in which it runs.
        environment: the variables that the user had.
        mark: a variable by which a search finds its processes; it is passed on.
        kernel: the choice of the BLAS kernel.
        strict: refuse to start where a setting does not hold.
        fingerprint: the file for the report.
    """

    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    mark: tuple[str, str]
    kernel: str = PORTABLE
    strict: bool = False
    fingerprint: Path = Path("run-fingerprint.json")


@attrs.frozen(kw_only=True)
class Prepared:
    """A command that can be started, and the report on its world."""

    command: Command
    world: World


def prepare(request: Request) -> Prepared:
    """Fix the world of a command, read it back, and write the fingerprint.

    Raises:
        UsageError: there is no command, or the file for the fingerprint is another file.
        CouldNotJudgeError: the program cannot be started, or a setting does not hold and that is not accepted.
    """
    if not request.command:
        raise UsageError("no command", remedy="put it after --, as in: repro-appliance run -- python script.py")
    _check_place(request.fingerprint)
    _check_program(request)
    python = find_python(request.command, request.environment, request.directory)
    with tempfile.TemporaryDirectory(prefix="repro-appliance-run-") as folder:
        subject = _make_subject(request, python, Path(folder))
        subject = read_subject(subject, lambda launch: _ask(launch, request))
        user = Launch(
            command=request.command, environment=dict(request.environment), directory=request.directory
        )  # fmt: skip
        plan = make_plan(subject, user, request.kernel)
        listing = Path(folder, "listing")
        listing.mkdir()
        readings = read_world(subject, plan.launch, lambda launch: _ask(launch, request), listing)
        rows = judge(subject, plan, readings)
    world = World(
        command=request.command,
        prefix=plan.launch.prefix,
        variables=plan.variables,
        removed=plan.removed,
        rows=rows,
        host=_describe_host(readings),
        packages=tuple(readings.first.packages or ()),
    )
    _refuse(world, strict=request.strict)
    write_whole(request.fingerprint, format_json(world.to_json()), what="the fingerprint")
    return Prepared(command=_start(plan.launch, request), world=world)


def _make_subject(request: Request, python: Path | None, scratch: Path) -> Subject:
    return Subject(
        command=request.command, python=python, numpy=None, blas=(), cpu_features=(), scratch=scratch,
        environment=remove_settings(request.environment),
    )  # fmt: skip


def _check_program(request: Request) -> None:
    word = request.command[0]
    path = str(request.directory / word) if "/" in word else word
    if shutil.which(path, path=request.environment.get("PATH")) is None:
        raise CouldNotJudgeError(
            "the program cannot be started",
            found="no such program, or it is not executable",
            where=word,
            remedy="the command after -- is started without a shell; check its name and its permissions",
        )


def _check_place(path: Path) -> None:
    """Refuse to overwrite a file that is no fingerprint of an earlier run."""
    if not path.exists():
        return
    try:
        regular = path.is_file() and path.stat().st_size <= _LARGEST
        value = json.loads(path.read_bytes()) if regular else None
    except ValueError:
        value = None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise UsageError("the file for the fingerprint is another file", where=path, remedy="give another one: -o FILE")


def _refuse(world: World, *, strict: bool) -> None:
    if strict and not world.complete:
        raise CouldNotJudgeError(
            "the world cannot be fixed, and --strict accepts nothing less; the command was not started",
            expected="every setting holds in the child",
            found=[f"{row.name}: {row.reason}" for row in world.missing],
            remedy="start it without --strict to see what helps",
        )


def _start(launch: Launch, request: Request) -> Command:
    """Return the command of a launch; what its Python runs first is in a directory with a name of its own."""
    lines = digest_json(list(launch.python_startup)).removeprefix("sha256:")[:_DIGITS]
    owner = os.getuid() if hasattr(os, "getuid") else 0
    place = Path(tempfile.gettempdir()).resolve() / f"repro-appliance-startup-{owner}-{lines}"
    if launch.python_startup:
        place.mkdir(mode=0o700, exist_ok=True)
        state = place.lstat()
        if not stat.S_ISDIR(state.st_mode) or (hasattr(os, "getuid") and state.st_uid != owner):
            raise UsageError("the directory for the startup belongs to another user", where=place, remedy="set TMPDIR")
    return make_command(launch, (), place, request.mark)


def _ask(launch: Launch, request: Request) -> str:
    """Start a child that reads, and return what it prints."""
    answer = run_captured(_start(launch, request), Limits(seconds=_SECONDS))
    return answer.output


def _describe_host(readings: Readings) -> dict[str, str]:
    first = readings.first
    blas = [f"{api} {version} {kernel}".strip() for api, kernel, _, version in first.pools or ()]
    found = {
        "system": platform.system(),
        "machine": platform.machine(),
        "libc": first.libc or "",
        "python": first.python or "",
        "numpy": first.numpy or "",
        "libraries": ", ".join(blas),
    }
    return {name: text for name, text in found.items() if text}
