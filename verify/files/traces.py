"""A trace on disk: its header and its files of events."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.events import REMEDY, Memo, read_lines
from verify.files.trace import EVENTS_NAME, HEADER_NAME, TENSORS_NAME, TRACE, TraceHeader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from verify.files.events import EventLine

_OF_PROCESS = re.compile(r"events-[A-Za-z0-9_-]{1,100}\.jsonl")


@attrs.frozen(kw_only=True)
class Trace:
    """A trace on disk.

    Args:
        path: its directory.
        header: header.json.
        files: the files of events: that of the program, then those of its other processes.
    """

    path: Path
    header: TraceHeader
    files: tuple[Path, ...]

    def read_events(self, file: Path | None = None, memo: Memo | None = None) -> Iterator[EventLine]:
        """Yield the lines of a file of events.

        Args:
            file: the file; None for that of the program.
            memo: shared by the readers of two traces, so that equal lines are read once.

        Raises:
            UsageError: the file cannot be read.
            CouldNotJudgeError: a line is damaged, or all lines together are not those that were recorded.
        """
        path = file or self.files[0]
        return read_lines(path, self.header, memo or Memo(), chained=path == self.files[0])

    def find_operands(self, number: int, process: str = "") -> Path | None:
        """Return the file with the captured operands of an event; None where there is none.

        Args:
            number: of the event in the file of its process.
            process: the name of that process; empty for the first.
        """
        path = self.path / TENSORS_NAME / (f"{process}-{number}.npz" if process else f"{number}.npz")
        return path if path.is_file() else None


def is_trace(path: Path) -> bool:
    """Tell whether a directory looks like a trace."""
    return (path / HEADER_NAME).is_file()


def open_trace(path: Path) -> Trace:
    """Read the header of a trace and find its files of events.

    Raises:
        UsageError: there is no such directory.
        CouldNotJudgeError: it is no trace, or its header is damaged.
    """
    try:
        names = sorted(entry.name for entry in path.iterdir())
    except (OSError, ValueError) as error:  # ValueError: a path that holds a zero byte
        found = getattr(error, "strerror", None) or error
        raise UsageError("a trace cannot be read", expected="a directory", found=found, where=path) from error
    if HEADER_NAME not in names or EVENTS_NAME not in names:
        raise CouldNotJudgeError(
            "this directory is not a trace",
            expected=f"{HEADER_NAME} and {EVENTS_NAME}",
            found=", ".join(names[:5]) or "nothing",
            where=path,
            remedy=REMEDY,
        )
    files = (path / EVENTS_NAME, *(path / name for name in names if _OF_PROCESS.fullmatch(name)))
    return Trace(path=path, header=TRACE.read(path / HEADER_NAME), files=files)
