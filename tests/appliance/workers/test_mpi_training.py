"""Trainings on several workers of MPI: bits, algorithms of the library, failures."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support import mpi_sums
from support.mpi_jobs import HAS_MPI, IN_JOBS, is_open_mpi, list_workers, read_work, run_job, start_job, train

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    import psutil

pytestmark = IN_JOBS

SMOKE = "sha256:6743c6f208950804af713f924bb7f8112fbb11b8b34122cca7c0ccfc2bcecfb2"
LONG = ("smoke", "--set", "training.epochs=1000000")
MPICH_ALGORITHMS = (
    "nb smp recursive_doubling recursive_multiplying reduce_scatter_allgather tree recexch ring"
    " k_reduce_scatter_allgather ccl"
).split()
# Basic linear, nonoverlapping, recursive doubling, ring, segmented ring, Rabenseifner's.
OPEN_MPI_ALGORITHMS = range(1, 7)
OPEN_MPI_COMPONENTS = tuple(f"basic,libnbc,inter,self{more}" for more in ("", ",sm", ",tuned"))


def read_digest(done: subprocess.CompletedProcess[str]) -> str:
    """Return the run digest that a job printed, once."""
    assert done.returncode == 0, done.stdout + done.stderr
    return str(json.loads(done.stdout)["digests"]["run"])


@pytest.mark.parametrize("workers", [1, 2, 3, 5])
def test_mpiexec_gives_the_golden_bits(tmp_path: Path, workers: int) -> None:
    """One object is printed, and the run directory has the record of one process; machine.json counts the workers."""
    done = run_job((workers, train("smoke", "--json", "--out", tmp_path / "run", "--trace", "epoch")))
    assert read_digest(done) == SMOKE
    machine = json.loads((tmp_path / "run" / "machine.json").read_text(encoding="utf-8"))
    assert machine["timing"].get("workers", 1.0) == workers
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def require_no_trace(settings: dict[str, dict[str, str]]) -> None:
    """Return if the bits of a training are the same on three workers with all settings of the library.

    Negative control: sums in floating point, in the same jobs, are not.
    """
    found = {}
    for name, variables in settings.items():
        done = run_job((3, [sys.executable, mpi_sums.__file__]), **variables)
        assert done.returncode == 0, name + done.stdout + done.stderr
        found[name] = json.loads(done.stdout)
    assert {name: answer["training"] for name, answer in found.items()} == dict.fromkeys(settings, SMOKE)
    assert len({answer["floats"] for answer in found.values()}) > 1


@pytest.mark.skipif(not HAS_MPI or is_open_mpi(), reason="algorithms of MPICH")
def test_no_algorithm_of_mpich_shows() -> None:
    """Trees, rings and segments add in orders of their own; an algorithm that cannot be used is left for another."""
    always = {"MPIR_CVAR_COLLECTIVE_FALLBACK": "silent", "MPIR_CVAR_DEVICE_COLLECTIVES": "none"}
    require_no_trace({name: {**always, "MPIR_CVAR_ALLREDUCE_INTRA_ALGORITHM": name} for name in MPICH_ALGORITHMS})


@pytest.mark.skipif(not HAS_MPI or not is_open_mpi(), reason="algorithms of Open MPI")
def test_no_algorithm_and_no_component_of_open_mpi_shows() -> None:
    """Every algorithm of the component tuned, the components for shared memory left out; other components."""
    tuned = {"OMPI_MCA_coll": "^han,sm,acoll,xhc,hcoll,ucc", "OMPI_MCA_coll_tuned_use_dynamic_rules": "1"}
    require_no_trace(
        {f"tuned {n}": {**tuned, "OMPI_MCA_coll_tuned_allreduce_algorithm": str(n)} for n in OPEN_MPI_ALGORITHMS}
        | {names: {"OMPI_MCA_coll": names} for names in OPEN_MPI_COMPONENTS}
    )


@pytest.mark.parametrize("words", [("nothere",), ("smoke", "--profile", "native"), ("smoke", "--trace", "step")])
def test_an_error_of_all_workers_is_printed_once(words: tuple[str, ...]) -> None:
    """The first worker prints for all."""
    done = run_job((3, train(*words)))
    assert done.returncode == 2
    assert done.stdout == ""
    assert "(host " not in done.stderr
    assert done.stderr.count(done.stderr.splitlines()[0]) == 1
    assert "Traceback" not in done.stderr


def test_other_commands_refuse_to_be_several() -> None:
    """A command that is one process says so, once."""
    done = run_job((2, [sys.executable, "-m", "appliance", "certify"]))
    assert done.returncode == 2
    assert done.stderr.count("this command is one process") == 1


def test_workers_with_other_settings_are_named(tmp_path: Path) -> None:
    """The handshake names the fact, the value and the worker."""
    done = run_job((2, train("smoke", "--out", tmp_path)), (1, train("smoke", "--out", tmp_path, "--micro-batches", 3)))
    assert done.returncode == 2
    assert done.stderr.count("the workers differ in: micro-batches") == 1
    assert "3 on worker 2 of 3 (host " in done.stderr


def test_a_worker_that_fails_alone_ends_the_job(tmp_path: Path) -> None:
    """Data that one worker cannot find: its name, its error, no wait without end."""
    wide = ("wide", "--set", "data.source=mnist", "--set", "data.train_samples=64", "--set", "data.test_samples=10")
    done = run_job(
        (1, train("smoke", "--out", tmp_path / "run")),
        (1, train(*wide, "--data-dir", tmp_path / "nowhere")),
        REPRO_APPLIANCE_DATA=str(tmp_path / "nowhere"),
    )
    assert done.returncode == 2
    assert "worker 1 of 2 (host " in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def find_workers(job: subprocess.Popen[str], count: int) -> list[psutil.Process]:
    """Return the workers of a job, once all of them train."""
    for _ in range(2400):
        found = list_workers(job, "train")
        if len(found) == count and all(read_work(worker) > 1.5 for worker in found):
            return found
        assert job.poll() is None, "the job ended before it was disturbed"
        time.sleep(0.1)
    raise AssertionError("the workers did not start")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, None), (signal.SIGTERM, 143)], ids=["killed", "terminated"]
)
def test_a_worker_that_dies_ends_the_job(tmp_path: Path, number: int, code: int | None) -> None:
    """One worker gets a signal; the job ends with a message and an exit code that is not 0.

    MPICH says that a worker was killed on standard output.
    """
    with start_job((3, train(*LONG, "--out", tmp_path / "run"))) as job:
        find_workers(job, 3)[1].send_signal(number)
        out, err = job.communicate(timeout=120)
    assert job.returncode == code if code else job.returncode != 0
    assert out + err
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


def wait_for_checkpoint(job: subprocess.Popen[str], folder: Path) -> None:
    """Return when a job has written a checkpoint into a folder: it trains then, and no longer starts."""
    for _ in range(12_000):
        if sorted(folder.glob("checkpoint-*")):
            return
        assert job.poll() is None, "the job ended before it was disturbed"
        time.sleep(0.02)
    raise AssertionError("the job has written no checkpoint")


def test_a_terminated_job_says_how_it_goes_on(tmp_path: Path) -> None:
    """It names no command that one process would carry out: what began the job is not known to it."""
    with start_job((2, train(*LONG, "--checkpoint-every", "8", "--out", tmp_path / "run"))) as job:
        wait_for_checkpoint(job, tmp_path / "run.checkpoints")
        list_workers(job, "train")[0].send_signal(signal.SIGTERM)
        _, err = job.communicate(timeout=120)
    assert job.returncode == 143
    assert "the same command with --resume" in err
    assert "repro-appliance train" not in err
    assert "Traceback" not in err


PROGRAM = """
import sys
import numpy as np
import appliance
from appliance import nn

workers = appliance.join_workers() if "join" in sys.argv else None
if "fail" in sys.argv and workers.index == 1:
    raise ValueError("a mistake of the user's")
x, y = np.linspace(-1.0, 1.0, 64).reshape(32, 2), np.arange(32) % 2
data = appliance.Dataset.from_arrays(x[:24], y[:24], x[24:], y[24:])
model = [nn.Dense(units=4), nn.Relu(), nn.Dense(units=2)]
seen = []
rule = nn.Adam(learning_rate=0.01)
record = appliance.fit(
    model, data, optimizer=rule, epochs=2, batch_size=7, exchange=workers, callbacks=[seen.append]
)
if workers.index == 0:
    sys.stdout.write(record.digests["run"] + " " + str(len(seen)))
"""


def run_program(tmp_path: Path, workers: int, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a user's program in a job."""
    place = tmp_path / "program.py"
    place.write_text(PROGRAM, encoding="utf-8")
    return run_job((workers, [sys.executable, str(place), *words]))


def test_a_program_joins_workers(tmp_path: Path) -> None:
    """`fit` gives the same record on one and on three workers."""
    one, three = (run_program(tmp_path, count, "join") for count in (1, 3))
    assert one.returncode == three.returncode == 0, three.stderr
    assert one.stdout == three.stdout
    assert one.stdout.endswith(" 2")


def test_a_program_that_does_not_join_is_refused(tmp_path: Path) -> None:
    """Negative control: it would train several times."""
    done = run_program(tmp_path, 2)
    assert done.returncode != 0
    assert "each of several processes would train alone" in done.stderr


def test_an_exception_in_one_process_of_a_program_ends_all(tmp_path: Path) -> None:
    """The others do not wait for it."""
    done = run_program(tmp_path, 3, "join", "fail")
    assert done.returncode != 0
    assert "a mistake of the user's" in done.stderr


def test_a_killed_job_is_resumed_on_another_number_of_workers(tmp_path: Path) -> None:
    """Three workers begin, one of them is killed, two end it: the bits of one process, and no checkpoint is left."""
    words = ("smoke", "--set", "training.epochs=40", "--checkpoint-every", "8", "--json", "--out", tmp_path / "run")
    folder = tmp_path / "run.checkpoints"
    with start_job((3, train(*words))) as job:
        wait_for_checkpoint(job, folder)
        list_workers(job, "train")[0].send_signal(signal.SIGKILL)
        job.communicate(timeout=120)
    assert job.returncode != 0
    assert sorted(folder.glob("checkpoint-*"))
    resumed = run_job((2, train(*words, "--resume")))
    assert "resumed after" in resumed.stderr
    undisturbed = run_job((1, train(*words[:-1], tmp_path / "other")))
    assert read_digest(resumed) == read_digest(undisturbed)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "run"]
