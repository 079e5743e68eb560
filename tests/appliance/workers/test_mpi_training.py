"""Trainings on several workers of MPI: bits, algorithms of the library, failures."""

from __future__ import annotations

import json
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from support.mpi_jobs import HAS_MPI, is_open_mpi, run_job, start_job, train

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytestmark = [
    pytest.mark.mpi,
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_MPI, reason="needs mpi4py and mpiexec"),
]

SMOKE = "sha256:6743c6f208950804af713f924bb7f8112fbb11b8b34122cca7c0ccfc2bcecfb2"
LONG = ("smoke", "--set", "training.epochs=1000000")
MPICH_ALGORITHMS = (
    "nb smp recursive_doubling recursive_multiplying reduce_scatter_allgather tree recexch ring"
    " k_reduce_scatter_allgather ccl"
).split()
OPEN_MPI_ALGORITHMS = (
    1,
    2,
    3,
    4,
    5,
    6,
)  # basic linear, nonoverlapping, recursive doubling, ring, segmented ring, Rabenseifner


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


def train_with(tmp_path: Path, **variables: str) -> str:
    """Return the run digest of a training on three workers."""
    return read_digest(run_job((3, train("smoke", "--json", "--out", tmp_path / "run")), **variables))


@pytest.mark.skipif(not HAS_MPI or is_open_mpi(), reason="algorithms of MPICH")
@pytest.mark.parametrize("algorithm", MPICH_ALGORITHMS)
def test_no_algorithm_of_mpich_shows(tmp_path: Path, algorithm: str) -> None:
    """Trees, rings and segments add in orders of their own; an algorithm that cannot be used is left for another."""
    found = train_with(
        tmp_path,
        MPIR_CVAR_ALLREDUCE_INTRA_ALGORITHM=algorithm,
        MPIR_CVAR_COLLECTIVE_FALLBACK="silent",
        MPIR_CVAR_DEVICE_COLLECTIVES="none",
    )
    assert found == SMOKE


@pytest.mark.skipif(not HAS_MPI or not is_open_mpi(), reason="algorithms of Open MPI")
@pytest.mark.parametrize("algorithm", OPEN_MPI_ALGORITHMS)
def test_no_algorithm_of_open_mpi_shows(tmp_path: Path, algorithm: int) -> None:
    """Every algorithm of the component tuned, the components for shared memory left out."""
    found = train_with(
        tmp_path,
        OMPI_MCA_coll="^han,sm,acoll,xhc,hcoll,ucc",
        OMPI_MCA_coll_tuned_use_dynamic_rules="1",
        OMPI_MCA_coll_tuned_allreduce_algorithm=str(algorithm),
    )
    assert found == SMOKE


@pytest.mark.skipif(not HAS_MPI or not is_open_mpi(), reason="components of Open MPI")
@pytest.mark.parametrize(
    "components", ["basic,libnbc,inter,self", "basic,libnbc,inter,self,sm", "basic,libnbc,inter,self,tuned"]
)
def test_no_component_of_open_mpi_shows(tmp_path: Path, components: str) -> None:
    """Components for collectives make other trees."""
    assert train_with(tmp_path, OMPI_MCA_coll=components) == SMOKE


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
    for _ in range(600):
        found = [
            process
            for process in psutil.Process(job.pid).children(recursive=True)
            if "__main__.py" in " ".join(process.cmdline()) and "train" in process.cmdline()
        ]
        if len(found) == count and all(sum(process.cpu_times()[:2]) > 1.5 for process in found):
            return found
        time.sleep(0.1)
    job.kill()
    raise AssertionError("the workers did not start")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGKILL, None), (signal.SIGTERM, 143)], ids=["killed", "terminated"]
)
def test_a_worker_that_dies_ends_the_job(tmp_path: Path, number: int, code: int | None) -> None:
    """One worker gets a signal; the job ends with a message and an exit code that is not 0."""
    job = start_job((3, train(*LONG, "--out", tmp_path / "run")))
    find_workers(job, 3)[1].send_signal(number)
    _, err = job.communicate(timeout=120)
    assert job.returncode == code if code else job.returncode != 0
    assert err
    assert "Traceback" not in err
    assert not (tmp_path / "run").exists()


def test_a_terminated_job_says_how_it_goes_on(tmp_path: Path) -> None:
    """It names no command that one process would carry out: what began the job is not known to it."""
    job = start_job((2, train(*LONG, "--out", tmp_path / "run")))
    find_workers(job, 2)[0].send_signal(signal.SIGTERM)
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
    job = start_job((3, train(*words)))
    folder = tmp_path / "run.checkpoints"
    for _ in range(1200):
        if sorted(folder.glob("checkpoint-*")):
            break
        time.sleep(0.02)
    for worker in psutil.Process(job.pid).children(recursive=True):
        if "__main__.py" in " ".join(worker.cmdline()):
            worker.send_signal(signal.SIGKILL)
            break
    job.communicate(timeout=120)
    assert job.returncode != 0
    assert sorted(folder.glob("checkpoint-*"))
    resumed = run_job((2, train(*words, "--resume")))
    assert "resumed after" in resumed.stderr
    undisturbed = run_job((1, train(*words[:-1], tmp_path / "other")))
    assert read_digest(resumed) == read_digest(undisturbed)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "run"]
