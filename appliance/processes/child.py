"""Runs a child process in a group of its own, within limits, with its output in files.

Standard library and attrs only: `appliance.launch` uses this before NumPy is loaded.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

Status = Literal["exited", "late", "limited", "not-started"]
_STDERR = 2  # the number that every process has for it
_FIRST_LOOK, _LOOK = 0.05, 0.4  # seconds between two looks at what a child uses
_MOMENT, _TURN = 0.5, 0.01  # seconds that a group has to end after its first process; between two looks at it
GRACE = 5.0  # seconds between asking a process group to end and killing it


@attrs.frozen(kw_only=True)
class Command:
    """What to start.

    Args:
        arguments: the program and its arguments; no shell takes part.
        environment: all variables of the child; None for those of this process.
        directory: the child's working directory; None for that of this process.
        umask: the child's umask; None for that of this process.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str] | None = None
    directory: Path | None = None
    umask: int | None = None


@attrs.frozen(kw_only=True)
class Limits:
    """What a child may use; None for no limit.

    Args:
        seconds: wall time, after which the whole group is ended.
        watch: called often with the number of the group; a text that it returns is the limit that was passed, and the
            whole group is ended.
    """

    seconds: float | None = None
    watch: Callable[[int], str | None] | None = None


@attrs.frozen(kw_only=True)
class Outcome:
    """How a child ended.

    Args:
        status: "exited" by itself, ended because it was "late" or "limited" by another limit, or "not-started".
        code: the exit code; the negative number of the signal that ended it; None if it was not started.
        output: the file with its standard output.
        messages: the file with its standard error.
        seconds: wall time from start to end.
        reason: why it could not be started, or the limit that it passed.
    """

    status: Status
    code: int | None
    output: Path
    messages: Path
    seconds: float
    reason: str = ""


class Children:
    """The children that run now, possibly in several threads, so that all of them can be ended at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.closed = False

    def run(self, command: Command, folder: Path, limits: Limits | None = None) -> Outcome:
        """Run a child until it ends, then end what is left of its process group.

        Args:
            command: what to start.
            folder: where the files with its output are made.
            limits: what it may use.

        Raises:
            InterruptedError: `end_all` was called before.
        """
        output, messages = folder / "stdout", folder / "stderr"
        started = time.perf_counter()
        try:
            with output.open("wb") as out, messages.open("wb") as err:
                process = self._start(command, out, err)
        except (OSError, ValueError) as error:
            if self.closed:
                raise
            seconds, reason = max(0.0, time.perf_counter() - started), str(error)
            return Outcome(
                status="not-started", code=None, output=output, messages=messages, seconds=seconds, reason=reason
            )
        reason = ""
        try:
            status, reason = _wait(process, limits or Limits())
        finally:
            seconds = max(0.0, time.perf_counter() - started)
            end_group(process)
            with self._lock:
                self._running.discard(process)
        code = process.returncode
        return Outcome(status=status, code=code, output=output, messages=messages, seconds=seconds, reason=reason)

    def _start(self, command: Command, out: IO[bytes], err: IO[bytes]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.closed:
                raise InterruptedError("no further child is started: all children are being ended")
            process = subprocess.Popen(  # noqa: S603 - what the caller asks for, without a shell
                command.arguments,
                env=command.environment,
                cwd=command.directory,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
                umask=-1 if command.umask is None else command.umask,
            )
            self._running.add(process)
            return process

    def end_all(self) -> None:
        """End every child with its group, and start none from now on."""
        with self._lock:
            self.closed = True
            running = tuple(self._running)
        for process in running:
            _send(process, signal.SIGTERM)
        for process in running:
            end_group(process)


def _wait(process: subprocess.Popen[bytes], limits: Limits) -> tuple[Status, str]:
    """Wait until a process ends or passes a limit."""
    deadline = None if limits.seconds is None else time.perf_counter() + limits.seconds
    pause = _FIRST_LOOK
    while True:
        left = None if deadline is None else max(deadline - time.perf_counter(), 0.0)
        turn = left if limits.watch is None else pause if left is None else min(left, pause)
        try:
            process.wait(turn)
        except subprocess.TimeoutExpired:
            if deadline is not None and time.perf_counter() >= deadline:
                return "late", ""
        else:
            return "exited", ""
        passed = limits.watch(process.pid) if limits.watch is not None else None
        if passed is not None:
            return "limited", passed
        pause = min(2 * pause, _LOOK)


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process with its group: SIGTERM first, SIGKILL after a while.

    If it has ended by itself, what is left has a moment to end, too, then SIGKILL: a `tee` still writes, for example.
    """
    if process.poll() is None:
        _send(process, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
    else:
        _wait_for_group(process.pid)
    _send(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)


def _wait_for_group(group: int) -> None:
    """Wait a moment until no process of a group is left."""
    for _ in range(round(_MOMENT / _TURN) if hasattr(os, "killpg") else 0):
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return
        time.sleep(_TURN)


def _send(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.terminate()


def run_attached(command: Command, *, quiet: bool = False) -> int:
    """Run a child that shares this process's streams and group; return its exit code. It alone answers Ctrl-C.

    Args:
        command: what to start.
        quiet: give its standard output to standard error.
    """
    output = _STDERR if quiet else None
    with _ignore_interrupts():
        done = subprocess.run(  # noqa: S603 - what the caller asks for, without a shell
            command.arguments, env=command.environment, cwd=command.directory, stdout=output, check=False
        )
    return done.returncode


def become(command: Command, *, output_to_messages: bool = False) -> int:
    """Replace this process by a command: streams, signals, process number and exit code are the command's from then on.

    Signals that Python ignores have their usual meaning again; those that the user ignores stay ignored. Where a
    process cannot be replaced, a child runs and its exit code is returned.

    Args:
        command: what to start.
        output_to_messages: let its standard output go to standard error.

    Raises:
        OSError: the command cannot be started.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    if output_to_messages:
        os.dup2(2, 1)
    if os.name == "nt":
        return run_attached(command)
    for name in ("SIGPIPE", "SIGXFSZ"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    if command.directory is not None:
        os.chdir(command.directory)
    if command.umask is not None:
        os.umask(command.umask)
    if command.environment is None:
        return os.execvp(command.arguments[0], command.arguments)  # noqa: S606 - without a shell
    return os.execvpe(command.arguments[0], command.arguments, command.environment)  # noqa: S606 - without a shell


@contextlib.contextmanager
def _ignore_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
