"""Completes a trace after its program has ended: the exit code, the files of all processes, their chains."""

from __future__ import annotations

import hashlib
import json
import signal
from typing import TYPE_CHECKING

from appliance.tracing.summary import TraceSummary
from verify.errors import CouldNotJudgeError
from verify.tracing.headers import EVENTS, HEADER, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.tracing.request import TraceRequest
    from verify.digests import JsonValue

_PIECE = 1 << 20


def finish_trace(trace: Path, place: Path, request: TraceRequest, code: int) -> TraceSummary:
    """Add to the header what only the parent knows, and return the summary.

    Args:
        trace: where the trace is now.
        place: where it will be.
        request: what was asked for.
        code: the program's exit code, or the negative number of the signal that ended it.

    Raises:
        CouldNotJudgeError: no Python with the recorder was started.
    """
    try:
        header = json.loads((trace / HEADER).read_text(encoding="ascii"))
    except FileNotFoundError:
        raise CouldNotJudgeError(
            "nothing was recorded",
            expected="a program that is run by Python, without -I, -E or -S",
            found=f"{request.command[0]}: exit code {code}",
            remedy="trace a command such as: python program.py",
        ) from None
    files = {path.name: _read_chain(path) for path in sorted(trace.glob(f"{EVENTS.partition('.')[0]}*.jsonl"))}
    header["processes"] = {name: row for name, row in files.items() if name != EVENTS}
    header["exit_code"] = code
    if not header["complete"]:
        header.update(files[EVENTS])
        header["failure"] = header.get("failure") or describe_end(code)
    write_json(trace / HEADER, header)
    return TraceSummary(directory=place, code=code, header=header)


def describe_end(code: int) -> str:
    """Return in words how a program ended that did not close its trace."""
    if code < 0:
        try:
            return f"ended by {signal.Signals(-code).name}"
        except ValueError:
            return f"ended by signal {-code}"
    return f"ended with exit code {code} before the trace was closed"


def _read_chain(path: Path) -> dict[str, JsonValue]:
    """Return the number of events in a file and the hash of its lines."""
    digest, lines = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
            lines += piece.count(b"\n")
    return {"events": lines, "chain": f"sha256:{digest.hexdigest()}"}
