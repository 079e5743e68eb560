"""Limits of a process: sizes of files, descriptors, memory; clocks that show another time."""

from __future__ import annotations

import os
import resource
import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_YEARS = 10 * 365 * 86400.0
_MEBIBYTE = 1 << 20
_CLOCKS = ("time", "monotonic", "perf_counter")


def limit_files(size: int) -> None:
    """Let no file of this process grow beyond so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def limit_descriptors(room: int) -> None:
    """Leave this process so many further descriptors."""
    taken = sorted(int(entry.name) for entry in os.scandir("/proc/self/fd"))
    most = taken[-1]  # of the list itself, which is closed now
    while os.dup(1) < most:
        pass  # fill the gaps
    resource.setrlimit(resource.RLIMIT_NOFILE, (most + 1 + room, most + 1 + room))


def limit_memory(room: int) -> None:
    """Leave this process so many MiB of memory beyond what it takes."""
    with open("/proc/self/statm", encoding="ascii") as stream:  # noqa: PTH123 - one line
        taken = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + room * _MEBIBYTE, taken + room * _MEBIBYTE))


def _shift_clocks(shift: Callable[[float], float]) -> None:
    for name in _CLOCKS:
        real = getattr(time, name)
        setattr(time, name, partial(lambda clock: shift(clock()), real))


def _stop_clocks() -> None:
    for name in _CLOCKS:
        value = getattr(time, name)()
        setattr(time, name, partial(float, value))


def _shake_clocks() -> None:
    turns = count()
    _shift_clocks(lambda now: now + (3600.0 if next(turns) % 2 else -3600.0))


DISTURBED_CLOCKS: dict[str, Callable[[], None]] = {
    "ten years forwards": partial(_shift_clocks, lambda now: now + _YEARS),
    "ten years backwards": partial(_shift_clocks, lambda now: now - _YEARS),
    "standing still": _stop_clocks,
    "an hour to and fro at every look": _shake_clocks,
}
"""Clocks of this process that show another time from now on; that of suspended machines jumps, too."""
