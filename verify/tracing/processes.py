"""Opens the file of events of one process.

The first process writes `events.jsonl`. A process that was forked or started by it writes `events-NAME.jsonl`: NAME is
the name that `multiprocessing` gave it, which is the same in equal runs, or a running number.
"""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 10_000
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)


def open_events(directory: Path, main_name: str, *, main: bool) -> tuple[str, int]:
    """Return the name of this process ("" for the first) and an open handle of its new file of events.

    Raises:
        FileExistsError: there is a trace already.
    """
    if main:
        return "", os.open(directory / main_name, _FLAGS, 0o644)
    stem, dot, ending = main_name.partition(".")
    for name in _suggest_names():
        try:
            return name, os.open(directory / f"{stem}-{name}{dot}{ending}", _FLAGS, 0o644)
        except FileExistsError:
            continue
    raise FileExistsError(f"{directory} has the events of {_MOST} processes")


def _suggest_names() -> list[str]:
    given = ""
    multiprocessing = sys.modules.get("multiprocessing.process")
    if multiprocessing is not None:
        given = re.sub(r"[^A-Za-z0-9_-]+", "-", multiprocessing.current_process().name)
    numbers = [str(number) for number in range(1, _MOST)]
    if given in ("", "MainProcess"):
        return numbers
    return [given, *(f"{given}-{number}" for number in numbers[1:])]
