"""A request: what is asked for, its interpreter, the digest by which an interrupted search is found again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.vary.copies import take_snapshot
from appliance.vary.subjects import find_python
from verify.digests import digest_bytes, digest_json
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance.vary.execute import Request


@attrs.frozen(kw_only=True)
class ShrinkRequest:
    """What is asked for.

    Args:
        run: the command with its limits, as for `vary`.
        directory: the user's working directory.
        locks: the two locks.
        python: the interpreter for the environments; None for the command's.
    """

    run: Request
    directory: Path
    locks: tuple[Path, Path]
    python: str | None = None


def find_interpreter(request: ShrinkRequest) -> Path:
    """Return the interpreter that environments are made of: the one that was named, the command's, or `python3`."""
    run = request.run
    if request.python is not None:
        found = shutil.which(request.python, path=run.environment.get("PATH"))
        if found is None:
            raise UsageError("no such interpreter", where=request.python)
        return Path(found).absolute()
    python = None
    if "/" in run.command[0] or shutil.which(run.command[0], path=run.environment.get("PATH")):
        python = find_python(run.command, run.environment, request.directory)
    named = python or shutil.which("python3", path=run.environment.get("PATH"))
    if named is None:
        raise UsageError("no interpreter of Python was found", remedy="name it: --python PATH")
    return Path(named).absolute()


def list_remarks(request: ShrinkRequest) -> tuple[str, ...]:
    """Return what a reader should know of the command itself."""
    run, remarks = request.run, []
    if find_python(run.command, run.environment, request.directory) is None:
        remarks.append(
            "the command is not one of Python: it finds the packages only if it starts `python` by PATH"
        )  # fmt: skip
    if run.environment.get("PYTHONPATH"):
        remarks.append("PYTHONPATH is set: what is found there is the same in every run")
    return tuple(remarks)


def digest_request(request: ShrinkRequest) -> str:
    """Return the digest of everything that decides what a search finds, but for what the machine is."""
    found = {name: [state[0], state[1]] for name, state in take_snapshot(request.directory).items()}
    paths = [request.directory / lock for lock in request.locks]
    locks = [digest_bytes(path.read_bytes()) if path.is_file() else "" for path in paths]
    run = request.run
    parts = [list(run.command), str(request.directory), dict(run.environment), list(run.globs), found, locks]
    return digest_json([repr(part) for part in [*parts, request.python]])
