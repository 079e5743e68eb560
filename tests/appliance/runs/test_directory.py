"""Run directories: complete, checkable with plain tools, written whole or not at all."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest
from safetensors.numpy import load_file

from appliance.config import load_config
from appliance.runs import placing
from appliance.runs.directory import name_run, reserve_place, write_run
from appliance.training.execute import run_training
from support.edits import swap
from verify.digests import digest_arrays
from verify.errors import UsageError
from verify.files.run import RESULTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.training.record import Record

FILES = {
    "record.json", "history.jsonl", "weights.safetensors", "predictions.safetensors", "config.toml", "fingerprint.json",
    "machine.json", "checksums.sha256",
}  # fmt: skip


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
    path.write_bytes(swap(path.read_bytes(), b"1", b"2", 1))
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

    def fail(path: Path, _data: bytes) -> None:
        path.write_bytes(b"{")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(placing, "write_synced", fail)
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


def test_two_equal_runs_have_equal_results(tmp_path: Path, record: Record) -> None:
    """The files that speak of results are the same byte for byte; no other file holds the place or the time."""
    for name in ("a", "deeper/b"):
        write_run(attrs.evolve(record, timing={"seconds": float(len(name))}), tmp_path / name)
    a, b = tmp_path / "a", tmp_path / "deeper" / "b"
    differing = {name for name in FILES if (a / name).read_bytes() != (b / name).read_bytes()}
    assert differing == {"machine.json", "checksums.sha256"}
    assert set(RESULTS) == FILES - {*differing, "fingerprint.json"}
    for name in RESULTS:
        assert str(tmp_path).encode() not in (a / name).read_bytes()


def test_two_versions_of_the_program_write_equal_results(
    tmp_path: Path, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that changes no bit changes no file of results; machine.json says which version wrote it."""
    for version in ("0.1.0", "7.0"):
        monkeypatch.setattr("appliance.training.record.__version__", version)
        write_run(record, tmp_path / version)
        assert json.loads((tmp_path / version / "machine.json").read_text())["program"] == version
    for name in RESULTS:
        assert (tmp_path / "0.1.0" / name).read_bytes() == (tmp_path / "7.0" / name).read_bytes()


def test_the_configuration_trains_the_same_run_again(tmp_path: Path) -> None:
    """config.toml of a run with another seed is the configuration of that run."""
    first = run_training(load_config("smoke", seed=7))
    write_run(first, tmp_path / "run")
    config = load_config(str(tmp_path / "run" / "config.toml"))
    assert config.digest() == first.config.digest()
    assert run_training(config).digests == first.digests


def test_the_usual_name_tells_configurations_apart() -> None:
    """Settings that differ in the number of epochs only have other names."""
    config = load_config("smoke")
    other = attrs.evolve(config, training=attrs.evolve(config.training, epochs=3))
    assert name_run(config, "portable") == f"smoke-1-portable-{config.digest()[7:15]}"
    assert name_run(config, "portable") != name_run(other, "portable")


@pytest.mark.parametrize("change", ["seed", "profile"])
def test_a_run_of_another_configuration_is_left_alone(tmp_path: Path, record: Record, change: str) -> None:
    """A run of another seed or another profile is refused, before and after the training, with what to do."""
    config = load_config("smoke", seed=2 if change == "seed" else 1)
    profile = "native" if change == "profile" else "portable"
    write_run(run_training(config, profile=profile), tmp_path / "run")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    for attempt in (
        lambda: reserve_place(tmp_path / "run", record.config, "portable"),
        lambda: write_run(record, tmp_path / "run"),
    ):
        with pytest.raises(UsageError, match="another configuration or profile") as caught:
            attempt()
        assert "--out" in str(caught.value.remedy)
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def keep_only_the_record(place: Path) -> None:
    """Remove every other file."""
    for path in sorted(place.iterdir()):
        if path.name != "record.json":
            path.unlink()


def add_a_folder(place: Path) -> None:
    """Add a folder with a file."""
    (place / "trace").mkdir()
    (place / "trace" / "x").write_text("mine")


def make_a_link(place: Path) -> None:
    """Put a link in the place of a file."""
    (place / "record.json").rename(place.parent / "x")
    (place / "record.json").symlink_to(place.parent / "x")


def drop_a_checksum(place: Path) -> None:
    """Remove the first line of the checksums."""
    path = place / "checksums.sha256"
    path.write_bytes(path.read_bytes().split(b"\n", 1)[1])


FOREIGN: dict[str, Callable[[Path], object]] = {
    "only a record": keep_only_the_record,
    "a record of one's own": lambda place: (place / "record.json").write_text('{"mine": 1}'),
    "a file with notes": lambda place: (place / "notes.txt").write_text("mine"),
    "a folder": add_a_folder,
    "a changed file": lambda place: (place / "history.jsonl").write_text("mine"),
    "a file less": lambda place: (place / "machine.json").unlink(),
    "a line less": drop_a_checksum,
    "a link": make_a_link,
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_not_exactly_a_run_is_left_alone(tmp_path: Path, record: Record, what: str) -> None:
    """Only a directory that proves to be a run as it was written is replaced; every other one keeps every byte."""
    write_run(record, tmp_path / "run")
    FOREIGN[what](tmp_path / "run")

    def snapshot() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    before = snapshot()
    for attempt in (
        lambda: reserve_place(tmp_path / "run", record.config, "portable"),
        lambda: write_run(record, tmp_path / "run"),
    ):
        with pytest.raises(UsageError, match="not a run"):
            attempt()
    assert snapshot() == before


def test_a_name_for_checkpoints_is_refused(tmp_path: Path, record: Record) -> None:
    """A run beside it keeps its checkpoints there; so does a link to such a name. Nothing is written."""
    (tmp_path / "link").symlink_to("other.checkpoints")
    for name in ("mine.checkpoints", "link"):
        with pytest.raises(UsageError, match="cannot have this name"):
            write_run(record, tmp_path / name)
        with pytest.raises(UsageError, match="cannot have this name") as error:
            reserve_place(tmp_path / name, record.config, "portable")
        assert error.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_an_empty_directory_is_used(tmp_path: Path, record: Record) -> None:
    """A new empty directory becomes the run."""
    (tmp_path / "run").mkdir()
    write_run(record, tmp_path / "run")
    assert {path.name for path in (tmp_path / "run").iterdir()} == FILES
