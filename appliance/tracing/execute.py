"""Runs a program with the recorder in it; its trace is put into place whole, also when the program fails."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.processes.child import Command, run_attached
from appliance.tracing.finishing import finish_trace
from appliance.tracing.staging import stage_recorder
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance.tracing.request import TraceRequest
    from appliance.tracing.summary import TraceSummary

_MODE = 0o755


def trace_program(request: TraceRequest) -> TraceSummary:
    """Run a program and write its trace.

    Raises:
        UsageError: there is no command, it cannot be started, or the trace cannot be written.
    """
    if not request.command:
        raise UsageError("no command to trace", remedy="repro-appliance trace -o DIR -- python program.py")
    place = _require_new(request.output)
    draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", suffix=".draft", dir=place.parent))
    staging = Path(tempfile.mkdtemp(prefix="repro-appliance-trace-"))
    try:
        draft.chmod(_MODE)
        code = _run(request, draft / "trace", staging)
        summary = finish_trace(draft / "trace", place, request, code)
        (draft / "trace").rename(place)  # works where nothing is there, or an empty directory
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)
    return summary


def _require_new(output: Path) -> Path:
    """Return the whole path of the new directory, with its parent made.

    Raises:
        UsageError: there is something, or nothing can be written there.
    """
    place = Path(os.path.abspath(output))  # noqa: PTH100 - a path that need not exist
    if place.is_symlink() or place.is_file() or (place.is_dir() and any(place.iterdir())):
        raise UsageError(
            "there is something in the directory of the trace",
            expected="a new or empty directory",
            found=output,
            remedy="name another directory with -o, or remove this one",
        )
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("the trace cannot be written", where=output, found=error.strerror) from error
    return place


def _run(request: TraceRequest, trace: Path, staging: Path) -> int:
    """Run the program; return its exit code, or the negative number of the signal that ended it."""
    settings = {
        "directory": str(trace),
        "watch": list(request.watch),
        "command": list(request.command),
        "place": str(request.directory or Path.cwd()),
        "captures": None if request.captures is None else str(request.captures.absolute()),
        "limit": request.limit,
    }
    environment = stage_recorder(staging, settings, request.environment)
    command = Command(arguments=request.command, environment=environment, directory=request.directory)
    try:
        return run_attached(command, quiet=request.quiet)
    except OSError as error:
        raise UsageError("the command cannot be started", found=error.strerror, where=request.command[0]) from error
