"""Published data on several workers of MPI: whole trainings equal their goldens, parts of them equal one process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.mpi_jobs import IN_JOBS, is_open_mpi, run_job, train

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = IN_JOBS

CONFIGS = ("mnist-mlp", "mnist-lenet")
PART = ("--set", "data.train_samples=705", "--set", "data.test_samples=203", "--set", "training.epochs=1")


def read_record(workers: int, name: str, place: Path, data: Path, *words: str) -> dict[str, object]:
    """Return what a job printed, without circumstances, which it keeps out of the run directory's record, too."""
    done = run_job((workers, train(name, *words, "--json", "--data-dir", data, "--out", place)))
    assert done.returncode == 0, done.stdout + done.stderr
    printed: dict[str, object] = json.loads(done.stdout)
    printed["record"] = (place / "record.json").read_bytes()
    return printed


def test_two_workers_equal_the_golden_of_a_whole_training(tmp_path: Path, real_data: Path) -> None:
    """All samples and all epochs, one network with each library; the command compares with the golden itself."""
    found = read_record(2, "mnist-lenet" if is_open_mpi() else "mnist-mlp", tmp_path / "run", real_data)
    golden = found["golden"]
    assert isinstance(golden, dict)
    assert golden["verdict"] == "identical"


@pytest.mark.parametrize("name", CONFIGS)
def test_workers_equal_one_process_on_a_part_of_the_samples(name: str, tmp_path: Path, real_data: Path) -> None:
    """Two, three and five workers write the record of a single process, byte for byte."""
    records = [
        read_record(workers, name, tmp_path / str(workers), real_data, *PART)["record"] for workers in (1, 2, 3, 5)
    ]
    assert records == records[:1] * 4
