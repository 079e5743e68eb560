"""Limits of memory, processes and disk for a child with its whole group, and the end of what it leaves behind."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import attrs
import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MEBIBYTE = 2**20
_ENDED = 2.0  # seconds that a process has to end before it is killed
_LOOK = 0.02  # seconds between two looks at whether it has ended


@attrs.frozen(kw_only=True)
class Allowance:
    """What a child and all processes that it starts may use together.

    Args:
        memory: bytes of resident memory.
        processes: how many at one time.
        disk: bytes of files in its directory.
    """

    memory: int
    processes: int
    disk: int


@attrs.frozen(kw_only=True)
class Watch:
    """Looks at what a child with its descendants uses.

    Args:
        allowance: what it may use.
        directory: where its files are counted.
    """

    allowance: Allowance
    directory: Path

    def __call__(self, group: int) -> str | None:
        """Return the limit that was passed, in words, or None."""
        members = list(find_group(group))
        if len(members) > self.allowance.processes:
            return f"more than {self.allowance.processes} processes"
        resident = 0
        for process in members:
            with suppress(psutil.Error):
                resident += process.memory_info().rss
        if resident > self.allowance.memory:
            return f"more than {self.allowance.memory // _MEBIBYTE} MiB of memory"
        if measure_directory(self.directory) > self.allowance.disk:
            return f"more than {self.allowance.disk // _MEBIBYTE} MiB of files"
        return None


def find_group(group: int) -> Iterator[psutil.Process]:
    """Yield the processes of a session, which begins with a process group of the same number."""
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == group:
                yield process


def measure_directory(directory: Path) -> int:
    """Return how many bytes the files below a directory have; files that vanish meanwhile are not counted."""
    total = 0
    for folder, _, names in sorted(os.walk(directory)):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - often called
    return total


def limit_command(allowance: Allowance) -> tuple[str, ...]:
    """Return the words before a command that give each of its processes limits of the system; none without prlimit."""
    program = shutil.which("prlimit")
    if program is None:
        return ()
    limits = [f"--data={allowance.memory}", f"--fsize={allowance.disk}", "--core=0"]
    return (program, *limits, "--")


def end_marked(mark: tuple[str, str]) -> list[str]:
    """End every process that has a variable of the environment; return the command lines of those that were found."""
    found: dict[int, tuple[psutil.Process, str]] = {}
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            if process.pid != os.getpid() and process.environ().get(mark[0]) == mark[1]:
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                found[process.pid] = (process, " ".join(process.cmdline()) or process.name())
    for process, _ in found.values():
        with suppress(psutil.Error):
            process.send_signal(signal.SIGTERM)
    alive = _wait_ended([process for process, _ in found.values()])
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    _wait_ended(alive)
    return [text for _, text in found.values()]


def _wait_ended(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Wait until processes have ended; return those that have not. Zombies have ended, whoever collects them."""
    alive = [process for process in processes if _is_alive(process)]
    for _ in range(round(_ENDED / _LOOK)):
        if not alive:
            break
        time.sleep(_LOOK)
        alive = [process for process in alive if _is_alive(process)]
    return alive


def _is_alive(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False
