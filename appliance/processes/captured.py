"""Runs a child with short output, to return it as text."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.processes.child import Children

if TYPE_CHECKING:
    from appliance.processes.child import Command, Limits, Status

_READABLE = 1 << 26  # bytes of each stream that are read into memory


@attrs.frozen(kw_only=True)
class Answer:
    """How a child with short output ended: as `Outcome`, with the two texts in the place of the two files."""

    status: Status
    code: int | None
    output: str
    messages: str
    seconds: float
    reason: str = ""

    @property
    def last_line(self) -> str:
        """The last line of its messages, or of its output."""
        return (self.messages.strip() or self.output.strip() or "no output").splitlines()[-1]


def run_captured(command: Command, limits: Limits | None = None, children: Children | None = None) -> Answer:
    """Run a child with short output; of each stream at most 64 MiB are returned."""
    with tempfile.TemporaryDirectory(prefix="repro-appliance-") as folder:
        outcome = (children or Children()).run(command, Path(folder), limits)
        texts = [_read(path) for path in (outcome.output, outcome.messages)]
    return Answer(
        status=outcome.status,
        code=outcome.code,
        output=texts[0],
        messages=texts[1],
        seconds=outcome.seconds,
        reason=outcome.reason,
    )


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_READABLE)
    except FileNotFoundError:
        return ""
    return data.decode("utf-8", errors="replace").replace(os.linesep, "\n")
