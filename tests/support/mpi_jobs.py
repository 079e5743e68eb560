"""Jobs of mpiexec, with whatever MPI the interpreter's mpi4py uses."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psutil
import pytest

from appliance.workers.mpiexec import PERMISSIONS, find_mpiexec

if TYPE_CHECKING:
    from collections.abc import Iterator

MPIEXEC = find_mpiexec()
HAS_MPI = MPIEXEC is not None and importlib.util.find_spec("mpi4py") is not None

IN_JOBS = [
    pytest.mark.mpi,
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_MPI, reason="needs mpi4py and mpiexec"),
]
"""The marks of tests that run in jobs."""

_CHANGES = {**PERMISSIONS, "OMPI_MCA_mpi_yield_when_idle": "1"}
_PATIENCE = 900  # seconds, for a machine that is busy with other things


def is_open_mpi() -> bool:
    """Return whether mpiexec is that of Open MPI."""
    found = subprocess.run([str(MPIEXEC), "--version"], capture_output=True, text=True, check=False)
    return "Open MPI" in found.stdout or "open-mpi" in found.stdout


def plan_job(*parts: tuple[int, list[str]]) -> list[str]:
    """Return the command of a job: processes with their programs, one kind after the other."""
    words = [word for count, program in parts for word in (":", "-n", str(count), *program)]
    return [str(MPIEXEC), *words[1:]]


def run_job(*parts: tuple[int, list[str]], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a job to its end."""
    environment = {**os.environ, **_CHANGES, **variables}
    return subprocess.run(
        plan_job(*parts), env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=_PATIENCE, check=False,
    )  # fmt: skip


@contextmanager
def start_job(*parts: tuple[int, list[str]]) -> Iterator[subprocess.Popen[str]]:
    """Start a job, which ends with the test."""
    with subprocess.Popen(
        plan_job(*parts), env={**os.environ, **_CHANGES}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as job:  # fmt: skip
        try:
            yield job
        finally:
            if job.poll() is None:
                job.terminate()
                job.communicate(timeout=_PATIENCE)


def list_workers(job: subprocess.Popen[str], *words: str) -> list[psutil.Process]:
    """Return the processes of a job that run the program with these words; others may begin and end meanwhile."""
    found = []
    for process in psutil.Process(job.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # also of one that has ended and is still in the list
            command = process.cmdline()
            if any(word.endswith("__main__.py") for word in command) and set(words) <= set(command):
                found.append(process)
    return found


def wait_for_ends(processes: list[psutil.Process]) -> None:
    """Return when all processes have ended.

    A process whose parent has ended may stay in the table of processes as a zombie for ever: not every first process of
    a system or a container asks for the exit codes of orphans.
    """
    deadline = time.monotonic() + 60
    while running := [process for process in processes if _is_running(process)]:
        assert time.monotonic() < deadline, f"still running: {running}"
        time.sleep(0.05)


def _is_running(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def read_work(process: psutil.Process) -> float:
    """Return the seconds of processor time that a process has used; 0 if it has ended."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def train(*words: object) -> list[str]:
    """Return the program of one worker that trains."""
    return [sys.executable, "-m", "appliance", "train", *map(str, words)]
