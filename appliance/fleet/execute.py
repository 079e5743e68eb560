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
from verify.agreement import Leg, parse_leg

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.fleet.invocations import Invocation
    from appliance.fleet.members import Fleet, Member

    Progress = Callable[[Leg, int, int], None]

_TAIL = 400  # characters of a failed member's messages that are kept
_GRACE = 5.0  # seconds between asking a member to end and ending it


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
    try:
        process = processes.start(plan_member(member, fleet))
    except OSError as error:
        return Leg(name=member.name, error=f"cannot be started: {error}")
    try:
        output, messages = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        end(process)
        process.communicate()
        return Leg(name=member.name, error=f"not done after {limit:.0f} s", seconds=time.perf_counter() - started)
    finally:
        processes.forget(process)
    seconds = time.perf_counter() - started
    if output.strip():
        return parse_leg(member.name, output, seconds)
    tail = " ".join(messages.split())[-_TAIL:]
    return Leg(name=member.name, error=f"exit code {process.returncode}: {tail}", seconds=seconds)


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
