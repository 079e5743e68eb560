"""Starts the commands of steps, each in a process group of its own, and ends what is left of them.

`appliance.processes.child` does so for the program, but it needs attrs, and nothing is installed when this runs.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

GRACE = 60.0  # seconds in which a step that is ended may remove what it made, such as containers
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class Processes:
    """The commands that run now, in several threads, so that all of them can be ended at once."""

    def __init__(self, grace: float = GRACE) -> None:
        self._grace = grace
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.closed = False

    def run(self, commands: str, output: IO[bytes] | None = None) -> int:
        """Run commands of bash until they end; return the exit code, 128 and the number after a signal.

        Args:
            commands: they end at the first failure.
            output: takes what they print, messages too; None lets them print as this process does.

        Raises:
            InterruptedError: `end_all` was called before.
        """
        with self._lock:
            if self.closed:
                raise InterruptedError("no further step is started")
            process = subprocess.Popen(
                ("bash", "-euo", "pipefail", "-c", commands),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
                start_new_session=True,
            )
            self._running.add(process)
        code = process.wait()
        _send(process, signal.SIGKILL)  # what it left running
        with self._lock:
            self._running.discard(process)
        return code if code >= 0 else 128 - code

    def end_all(self) -> None:
        """End every command with all that it started, and start none from now on."""
        with self._lock:
            self.closed = True
            running = tuple(self._running)
        for process in running:
            _send(process, signal.SIGTERM)
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(self._grace)
            _send(process, signal.SIGKILL)


def _send(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def adopt_orphans() -> None:
    """Become the parent of every process below this one whose own parent ends, so that it can be found (Linux)."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_orphans() -> None:
    """End the processes that are children of this one, also those that left their group, and their children in turn."""
    while children := _list_children():
        for child in children:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(child, 0)


def _list_children() -> list[int]:
    threads = Path("/proc/self/task")
    while True:
        # A thread that ends meanwhile leaves its children to another one: look at all of them again.
        with suppress(FileNotFoundError, ProcessLookupError):
            return [int(child) for path in threads.glob("*/children") for child in path.read_text("ascii").split()]
