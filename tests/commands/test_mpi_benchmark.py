"""Benchmarks in jobs of mpiexec, with whatever MPI the interpreter's mpi4py uses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from support.mpi_jobs import IN_JOBS, list_workers, read_work, run_job, start_job, wait_for_ends

if TYPE_CHECKING:
    import psutil

pytestmark = IN_JOBS

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
    """On three processes the answer is that of one, except for timings."""
    words = ("benchmark", "--config", "smoke", "--seeds", 4, "--repeats", 3, "--json")
    expected = run_alone(*words)
    assert (expected["verdict"], len(expected["seeds"]["seeds"])) == ("identical", 4)
    assert read(run(3, *words)) == expected


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
    done = run(2, "benchmark", "smoke", "--sweep", "training.batch_size=0", "--seeds", 1)
    assert (done.returncode, done.stderr.count("the configuration is not valid")) == (2, 1)
    done = run(2, "benchmark")
    assert (done.returncode, done.stderr.count("missing option '--config'")) == (2, 1)
    done = run(2, "benchmark", "smoke", "--suite", "cost")
    assert (done.returncode, done.stderr.count("--suite is made by one process")) == (2, 1)
    done = run(2, "benchmark", "smoke", "--jobs", 2)
    assert (done.returncode, done.stderr.count("starts no others")) == (2, 1)


def test_a_worker_that_dies_ends_the_job() -> None:
    """After a kill of one worker no process of the job runs on, and the exit code is not that of success."""
    with start_job((3, [sys.executable, "-m", "appliance", "benchmark", *LONG])) as job:
        workers = wait_for_work(job)
        os.kill(workers[-1].pid, signal.SIGKILL)
        output, _ = job.communicate(timeout=120)
        assert job.returncode != 0
        assert "over 3 seeds" not in output
        wait_for_ends(workers)


def wait_for_work(job: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the processes of a job, the one that has worked longest last, once two of them train."""
    for _ in range(1200):
        time.sleep(0.2)
        found = sorted(list_workers(job, "training.epochs=1000000"), key=read_work)
        if len(found) == 3 and read_work(found[1]) > 2 + read_work(found[0]):
            return found
        assert job.poll() is None, "the job ended before it was disturbed"
    raise AssertionError("the workers never began")
