"""Runs one test again in a fresh process, bounded in time, and reads the values that it gave there.

The fresh process writes into one temporary folder only, compares nothing, and starts no further process.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from verify.arrays.samples import describe_leaf
from verify.errors import ApplianceError
from verify.files.array_golden import ARRAY_GOLDEN, ArrayCheck, ArrayGolden, locate_array_golden
from verify.files.array_store import list_stored, locate_store, read_stored, write_store
from verify.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from verify.arrays.leaf import Leaf
    from verify.files.array_golden import ArrayValue

    Array = NDArray[Any]

VARIABLE = "REPRO_APPLIANCE_GOLDEN_RERUN"
_NO_WORLD = "0" * 16
_TAIL = 2000
_NAME = Path("rerun.py")  # stands for the test file: the values are in a golden beside it


@attrs.frozen(kw_only=True)
class Plan:
    """How a test is run again.

    Args:
        arguments: the program and its arguments; FOLDER in them is a temporary folder.
        environment: all variables of the process.
        directory: its working directory.
        seconds: wall time of one run, after which it is ended.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    seconds: float


FOLDER = "{folder}"


@attrs.frozen(kw_only=True)
class Request:
    """What the fresh process is asked for: the values of one check, written into a folder."""

    folder: Path
    file: str
    test: str
    check: str

    def format(self) -> str:
        """Return the value of the environment variable."""
        return json.dumps([str(self.folder), self.file, self.test, self.check])


@attrs.frozen(kw_only=True)
class Rerun:
    """What a run gave: values by their places and those arrays that their samples do not hold; or why it gave none."""

    values: Mapping[str, ArrayValue]
    arrays: Mapping[str, Array]
    reason: str = ""


def parse_request(text: str) -> Request:
    """Return the request in the environment variable."""
    folder, file, test, check = json.loads(text)
    return Request(folder=Path(folder), file=file, test=test, check=check)


def answer(request: Request, leaves: Mapping[str, Leaf]) -> None:
    """Write the values of the check that was asked for; this is what the fresh process does."""
    path = locate_array_golden(request.folder / _NAME)
    path.parent.mkdir(exist_ok=True)
    values = {place: describe_leaf(leaf) for place, leaf in leaves.items()}
    write_store(locate_store(path), {leaf.digest(): leaf.array for leaf in leaves.values() if leaf.is_storable})
    check = ArrayCheck(world=_NO_WORLD, values=values)
    golden = ArrayGolden(worlds={}, tests={request.test: {request.check: check}})
    write_whole(path, ARRAY_GOLDEN.format(golden))


def run_again(plan: Plan, file: str, test: str, check: str) -> Rerun:
    """Run the test in a fresh process and return the values of one check in it."""
    folder = Path(tempfile.mkdtemp(prefix="repro-appliance-"))
    try:
        request = Request(folder=folder, file=file, test=test, check=check)
        reason = _run(plan, request)
        return _read(request, reason)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(plan: Plan, request: Request) -> str:
    """Run the process; return what was unusual about its end."""
    output = request.folder / "output"
    arguments = [word.replace(FOLDER, str(request.folder)) for word in plan.arguments]
    environment = {**plan.environment, VARIABLE: request.format()}
    try:
        with output.open("wb") as stream:
            process = subprocess.Popen(  # noqa: S603 - the tests of the user, as they run now
                arguments,
                env=environment,
                cwd=plan.directory,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        return f"it could not be started: {error}"
    try:
        process.wait(plan.seconds)
    except subprocess.TimeoutExpired:
        return f"it did not end within {plan.seconds:g} seconds"
    finally:
        _end(process)
    lines = output.read_text(encoding="utf-8", errors="replace")[-_TAIL:].split("\n")
    return f"it ended with {process.returncode} before the check: {next((x for x in reversed(lines) if x.strip()), '')}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the process and of those that it started."""
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        elif process.poll() is None:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)


def _read(request: Request, reason: str) -> Rerun:
    path = locate_array_golden(request.folder / _NAME)
    if not path.exists():
        return Rerun(values={}, arrays={}, reason=reason)
    try:
        values = ARRAY_GOLDEN.read(path).tests[request.test][request.check].values
        store = locate_store(path)
        found = {digest: read_stored(store, digest) for digest in list_stored(store)}
        arrays = {digest: array for digest, array in found.items() if array is not None}
    except (ApplianceError, KeyError) as error:
        return Rerun(values={}, arrays={}, reason=f"its values cannot be read: {error}")
    return Rerun(values=values, arrays=arrays)
