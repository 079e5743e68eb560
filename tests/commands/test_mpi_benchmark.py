"""Benchmarks in jobs of mpiexec, with whatever MPI the interpreter's mpi4py uses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from support.mpi_jobs import HAS_MPI, run_job, start_job

pytestmark = [
    pytest.mark.mpi,
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_MPI, reason="needs mpi4py and mpiexec"),
]

LONG = ("smoke", "--set", "training.epochs=1000000", "--repeats", "0", "--seeds", "3")


def run(workers: int, *words: object) -> subprocess.CompletedProcess[str]:
    """Run a command of the program in a job."""
    return run_job((workers, [sys.executable, "-m", "appliance", *map(str, words)]))


def read(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return the JSON object of a command that went well, without what it timed."""
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    for row in answer.get("rows", [answer]):
        row.pop("timing")
    return answer


def run_alone(*words: object) -> dict[str, Any]:
    """Return what the same command gives without mpiexec."""
    command = [sys.executable, "-m", "appliance", *map(str, words)]
    return read(subprocess.run(command, capture_output=True, text=True, timeout=300, check=False))


def test_seeds_and_repeats_are_those_of_one_process() -> None:
    """On four processes the answer is that of one, except for timings."""
    words = ("benchmark", "--config", "smoke", "--seeds", 6, "--repeats", 4, "--json")
    expected = run_alone(*words)
    assert (expected["verdict"], len(expected["seeds"]["seeds"])) == ("identical", 6)
    assert read(run(4, *words)) == expected
    assert read(run(2, *words)) == expected


def test_a_sweep_is_that_of_one_process() -> None:
    """Every row of the table is the same on three processes."""
    words = ("benchmark", "smoke", "--sweep", "training.batch_size=16,64", "--seeds", 2, "--json")
    assert read(run(3, *words)) == run_alone(*words)


def test_a_failing_run_gives_one_error() -> None:
    """The error names configuration, seed and worker once, and nothing is on standard output."""
    done = run(3, "benchmark", "mnist-mlp", "--data-dir", "/no/such/place", "--seeds", 4, "--repeats", 0)
    assert done.returncode == 2
    assert done.stderr.count("a data file is missing") == 1
    assert "mnist-mlp, seed 20260601, worker" in done.stderr
    assert "a data file" not in done.stdout


def test_a_request_without_sense_gives_one_error() -> None:
    """What is wrong with the request itself is said once, not by every process."""
    done = run(3, "benchmark", "smoke", "--sweep", "training.batch_size=0", "--seeds", 1)
    assert (done.returncode, done.stderr.count("the configuration is not valid")) == (2, 1)
    done = run(3, "benchmark")
    assert (done.returncode, done.stderr.count("missing option '--config'")) == (2, 1)
    done = run(3, "benchmark", "smoke", "--suite", "cost")
    assert (done.returncode, done.stderr.count("--suite is made by one process")) == (2, 1)
    done = run(3, "benchmark", "smoke", "--jobs", 2)
    assert (done.returncode, done.stderr.count("starts no others")) == (2, 1)


def test_a_worker_that_dies_ends_the_job() -> None:
    """After a kill of one worker no process of the job is left, and the exit code is not that of success."""
    with start_job((3, [sys.executable, "-m", "appliance", "benchmark", *LONG])) as job:
        workers = wait_for_work(job)
        os.kill(workers[-1].pid, signal.SIGKILL)
        output, _ = job.communicate(timeout=120)
        assert job.returncode != 0
        assert "over 3 seeds" not in output
        _, alive = psutil.wait_procs(workers, timeout=60)
        assert alive == []


def wait_for_work(job: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the processes of a job, the one that has worked longest last, once two of them train."""
    for _ in range(600):
        time.sleep(0.2)
        found = [
            process
            for process in psutil.Process(job.pid).children(recursive=True)
            if process.status() != psutil.STATUS_ZOMBIE
            and "training.epochs=1000000" in process.cmdline()
            and Path(process.cmdline()[0]).name.startswith("python")
        ]
        found.sort(key=lambda process: process.cpu_times().user)
        if len(found) == 3 and found[1].cpu_times().user > 2 + found[0].cpu_times().user:
            return found
        assert job.poll() is None, "the job ended before it was disturbed"
    raise AssertionError("the workers never began")
