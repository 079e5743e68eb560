"""Runs the members of a fleet side by side, each within its time; whatever happens, each ends with an answer."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from appliance.fleet.invocations import plan_member
from verify.judging.agreement import Leg, parse_leg
from verify.results import EXIT_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.fleet.invocations import Invocation
    from appliance.fleet.members import Fleet, Member

    Progress = Callable[[Leg, int, int], None]

_TAIL = 400  # characters of a failed member's messages that are kept
_GRACE = 5.0  # seconds between asking a member to end and ending it
_LOOK = 0.5  # seconds between looks at whether a member is still there


class _Processes:
    """The processes that were started and have not ended, so that an interrupt ends all of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self.closed = False

    def start(self, invocation: Invocation) -> subprocess.Popen[str]:
        with self._lock:
            if self.closed:
                raise InterruptedError("the fleet was interrupted")
            process = subprocess.Popen(  # noqa: S603 - as declared by the user
                invocation.arguments,
                env=invocation.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
            return process

    def forget(self, process: subprocess.Popen[str]) -> None:
        with self._lock:
            self._running.discard(process)

    def end_all(self) -> None:
        with self._lock:
            self.closed = True
            for process in self._running:
                end(process)


def end(process: subprocess.Popen[str]) -> None:
    """End a process with all that it started: first asked, then, after a while, forced."""
    for number, patience in ((signal.SIGTERM, _GRACE), (getattr(signal, "SIGKILL", signal.SIGTERM), _GRACE)):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            else:
                process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            return


def run_member(member: Member, fleet: Fleet, processes: _Processes) -> Leg:
    """Return one member's answer; what keeps it from answering is the leg's error."""
    started = time.perf_counter()
    limit = member.seconds or fleet.seconds
    invocation = plan_member(member, fleet)
    try:
        process = processes.start(invocation)
    except (OSError, ValueError) as error:
        return Leg(name=member.name, error=f"cannot be started: {error}")
    try:
        output, messages = _collect(process, limit, processes)
    except TimeoutError as error:
        return Leg(name=member.name, error=str(error), seconds=time.perf_counter() - started)
    finally:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        processes.forget(process)
        _end_elsewhere(invocation)
    return _read_answer(member, process.returncode, output, messages, time.perf_counter() - started)


def _collect(process: subprocess.Popen[str], limit: float, processes: _Processes) -> tuple[str, str]:
    """Return what a process printed until it ended, itself or because it was ended.

    Raises:
        TimeoutError: it was not done in time, or something that it started outlives it and holds its output.
    """
    late, gone = time.monotonic() + limit, 0.0
    while True:
        try:
            return process.communicate(timeout=_LOOK)
        except subprocess.TimeoutExpired:
            now = time.monotonic()
        if process.poll() is not None:
            gone = gone or now
            if now - gone > _GRACE or processes.closed:
                raise TimeoutError("it ended, but something that it started holds its output")
        elif now > late:
            end(process)
            raise TimeoutError(f"not done after {limit:.0f} s")


def _end_elsewhere(invocation: Invocation) -> None:
    if invocation.ending:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(invocation.ending, capture_output=True, timeout=2 * _GRACE, check=False)  # noqa: S603 - planned


def _read_answer(member: Member, code: int, output: str, messages: str, seconds: float) -> Leg:
    """Return the leg of a member that ended; its exit code must be that of the verdict it printed."""
    if not output.strip():
        tail = " ".join(messages.split())[-_TAIL:]
        return Leg(name=member.name, error=f"exit code {code}: {tail}", seconds=seconds)
    leg = parse_leg(member.name, output, seconds)
    if leg.report is not None and code != EXIT_CODES[leg.verdict]:
        return Leg(name=member.name, error=f"exit code {code} beside the verdict {leg.verdict}", seconds=seconds)
    return leg


def run_fleet(fleet: Fleet, members: Sequence[Member], progress: Progress | None = None) -> list[Leg]:
    """Return the members' answers in their order, `fleet.jobs` of them at a time.

    An interrupt ends all that was started and is passed on. `progress` gets each answer, how many there are, and of
    how many.
    """
    processes, lock, done = _Processes(), threading.Lock(), 0

    def run(member: Member) -> Leg:
        nonlocal done
        leg = run_member(member, fleet, processes)
        with lock:
            done += 1
            if progress and not processes.closed:
                progress(leg, done, len(members))
        return leg

    with ThreadPoolExecutor(fleet.jobs) as pool:
        futures = [pool.submit(run, member) for member in members]
        try:
            return [future.result() for future in futures]
        except BaseException:
            for future in futures:
                future.cancel()
            processes.end_all()
            raise
