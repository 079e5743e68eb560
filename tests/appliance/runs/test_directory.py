"""Run directories: complete, checkable with plain tools, written whole or not at all."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file

from appliance.config import load_config
from appliance.runs import directory as module
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from verify.digests import digest_arrays
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.training.record import Record

FILES = {"record.json", "history.jsonl", "weights.safetensors", "fingerprint.json", "checksums.sha256"}


@pytest.fixture(scope="module")
def record() -> Record:
    """Return the record of one smoke run."""
    return run_training(load_config("smoke"))


def test_a_run_directory_is_complete_and_checks_with_sha256sum(tmp_path: Path, record: Record) -> None:
    """All files are there, `sha256sum -c` passes, and it fails after one changed byte."""
    body = write_run(record, tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
    assert body.run_dir == str(tmp_path / "run")
    check = ["sha256sum", "--quiet", "-c", "checksums.sha256"]
    assert subprocess.run(check, cwd=tmp_path / "run", check=False).returncode == 0
    path = tmp_path / "run" / "history.jsonl"
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    assert subprocess.run(check, cwd=tmp_path / "run", check=False, capture_output=True).returncode != 0


def test_weights_read_back_with_their_digest(tmp_path: Path, record: Record) -> None:
    """The safetensors file has the parameters with the digest that the record states."""
    write_run(record, tmp_path / "run")
    weights = load_file(tmp_path / "run" / "weights.safetensors")
    assert digest_arrays(weights) == record.digests["final_weights"]
    assert all(value.dtype == np.float32 for value in weights.values())


def test_json_is_sorted_and_history_has_a_line_an_epoch(tmp_path: Path, record: Record) -> None:
    """Files are byte-stable: sorted keys, one canonical line an epoch."""
    write_run(record, tmp_path / "run")
    text = (tmp_path / "run" / "record.json").read_text()
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2) + "\n"
    lines = (tmp_path / "run" / "history.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2]


def test_an_earlier_run_is_replaced_whole(tmp_path: Path, record: Record) -> None:
    """Writing again leaves one complete run and no other file."""
    write_run(record, tmp_path / "run")
    (tmp_path / "run" / "trace.jsonl").write_text("x")
    write_run(record, tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_directory_that_is_not_a_run_is_left_alone(tmp_path: Path, record: Record) -> None:
    """Someone's own files are neither replaced nor mixed with a run's."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(UsageError):
        write_run(record, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").read_text() == "years of work"


def test_a_run_with_foreign_files_is_left_alone(tmp_path: Path, record: Record) -> None:
    """A directory with a record and a file of the user is not replaced."""
    write_run(record, tmp_path / "run")
    (tmp_path / "run" / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt"):
        write_run(record, tmp_path / "run")
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_a_failure_while_writing_leaves_the_earlier_run(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the disk fills up in the middle, the old run is still whole and no debris is left."""
    write_run(record, tmp_path / "run")
    before = (tmp_path / "run" / "record.json").read_bytes()

    def fail(directory: Path, _files: dict[str, bytes]) -> None:
        (directory / "record.json").write_bytes(b"{")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_write_files", fail)
    with pytest.raises(UsageError, match="cannot be written"):
        write_run(record, tmp_path / "run")
    assert (tmp_path / "run" / "record.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_link_to_a_directory_stays_a_link(tmp_path: Path, record: Record) -> None:
    """What a link points to becomes the run; the link itself is not replaced."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "disk")
    write_run(record, tmp_path / "run")
    assert (tmp_path / "run").is_symlink()
    assert {path.name for path in (tmp_path / "disk").iterdir()} == FILES


def test_many_writers_of_one_run_leave_one(tmp_path: Path, record: Record) -> None:
    """Writers that meet wait for each other; no error, no debris."""
    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(write_run, record, tmp_path / "run") for _ in range(30)]:
            future.result()
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
