"""Stored sets: generated ones are the synthetic data, damaged ones are found, wrong requests are refused."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from appliance.config.schema import DataConfig
from appliance.data import generate, load, load_dataset
from appliance.data.generate import _write_set, generate_set
from appliance.data.stored_rows import StoredRows
from appliance.data.stored_set import SUMS, inspect_stored, list_stored, locate_files
from appliance.errors import DataError
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.data.synthetic import Part

TRAIN, TEST, SEED = 600, 80, 7
STORED = DataConfig(source="stored", directory="mine")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with a generated set called `mine`."""
    data_dir = tmp_path_factory.mktemp("made")
    generate_set("mine", data_dir, train_samples=TRAIN, test_samples=TEST, seed=SEED)
    return data_dir


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return the directory of a copy of that set, in the data directory tmp_path."""
    shutil.copytree(made / "mine", tmp_path / "mine")
    return tmp_path / "mine"


def renew_sums(folder: Path) -> None:
    """Write the SHA256SUMS anew, as a user would for files of their own."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in locate_files(folder)]
    (folder / SUMS).write_text("".join(lines))


@pytest.mark.parametrize(("train", "test"), [(0, 0), (TRAIN, TEST), (513, 10), (10, 79)])
def test_generated_set_is_the_synthetic_one(made: Path, train: int, test: int) -> None:
    """A stored set has the digest of the same samples in memory, whole or in part; the run's seed is no matter."""
    stored = load_dataset(
        DataConfig(source="stored", directory="mine", train_samples=train, test_samples=test), 3, made
    )
    memory = DataConfig(source="synthetic", train_samples=train or TRAIN, test_samples=test or TEST)
    assert isinstance(stored.train_features, StoredRows)
    assert isinstance(stored.test_features, StoredRows)
    assert stored.digest() == load_dataset(memory, SEED).digest()
    assert stored.digest() != load_dataset(memory, SEED + 1).digest()


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="there is no sha256sum here")
def test_sums_are_what_sha256sum_reads(folder: Path) -> None:
    """The sums are in the usual form: the usual program accepts a sound set, and no other."""
    command = ["sha256sum", "--check", "--strict", SUMS]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    edit(locate_files(folder)[0], -1, 77)
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 1


def test_generating_leaves_nothing_else(made: Path) -> None:
    """The data directory holds the set alone, the set its five files."""
    assert [path.name for path in made.iterdir()] == ["mine"]
    assert sorted((made / "mine").iterdir()) == sorted([*locate_files(made / "mine"), made / "mine" / SUMS])
    assert list_stored(made) == ["mine"]


@pytest.mark.parametrize("name", ["mine", "mnist", "synthetic", "stored", "", ".hidden", "a/b", "..", "a b"])
def test_unusable_name_is_refused(folder: Path, name: str) -> None:
    """A name that is taken, reserved or no plain directory name is refused; what is there stays as it is."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(UsageError):
        generate_set(name, folder.parent, train_samples=10, test_samples=10, seed=1)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("counts", [(9, 100), (100, 9), (100, -1), (2**32, 100)])
def test_count_out_of_range_is_refused(tmp_path: Path, counts: tuple[int, int]) -> None:
    """Fewer samples than a run needs, or more than a header can say, are refused before anything is written."""
    with pytest.raises(UsageError, match="out of range"):
        generate_set("mine", tmp_path, train_samples=counts[0], test_samples=counts[1], seed=1)
    assert list(tmp_path.iterdir()) == []


def test_want_of_space_is_reported_first(tmp_path: Path) -> None:
    """More than any disk holds is refused before anything is written."""
    with pytest.raises(DataError, match="not enough space") as caught:
        generate_set("mine", tmp_path, train_samples=2**32 - 1, test_samples=2**32 - 1, seed=1)
    assert caught.value.remedy
    assert list(tmp_path.iterdir()) == []


def _fill_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def _flip(folder: Path, counts: dict[Part, int], seed: int) -> None:
    _write_set(folder, counts, seed)
    path = locate_files(folder)[0]
    path.write_bytes(path.read_bytes()[:-1] + b"\1")


@pytest.mark.parametrize(("defect", "title"), [(_fill_disk, "cannot be written"), (_flip, "D002")])
def test_failed_generation_leaves_nothing(
    defect: Callable[..., None], title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills up, or that hands back other bytes than it was given, ends in one error and no debris."""
    monkeypatch.setattr(generate, "_write_set", defect)
    with pytest.raises(DataError, match=title):
        generate_set("mine", tmp_path, train_samples=100, test_samples=100, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_sound_set_meets_every_control(folder: Path) -> None:
    """22 controls hold, D001 to D008."""
    controls, parts = inspect_stored(folder)
    assert (len(controls), len(parts)) == (22, 2)
    assert all(control.holds for control in controls)
    assert {control.id for control in controls} == {f"D00{number}" for number in range(1, 9)}


def edit(path: Path, position: int, value: int) -> None:
    """Overwrite one byte; a negative position counts from the end."""
    content = bytearray(path.read_bytes())
    content[position] = value
    path.write_bytes(content)


@pytest.mark.parametrize("number", range(4))
def test_one_wrong_byte_is_found(folder: Path, number: int) -> None:
    """A byte that changed in any of the files fails its sum, and only that; a run is stopped by it."""
    path = locate_files(folder)[number]
    edit(path, -1, path.read_bytes()[-1] ^ 1)
    assert [control.id for control in inspect_stored(folder)[0] if not control.holds] == ["D002"]
    with pytest.raises(DataError, match="D002") as caught:
        load_dataset(STORED, 0, folder.parent)
    assert caught.value.where == str(path)
    assert load_dataset(STORED, 0, folder.parent, verify_digest=False).digest()


@pytest.mark.parametrize("number", range(4))
def test_each_file_is_needed(folder: Path, number: int) -> None:
    """A file that is missing, cut short or not listed is named by its control."""
    path = locate_files(folder)[number]
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    with pytest.raises(DataError, match="D003"):
        load_dataset(STORED, 0, folder.parent)
    path.unlink()
    with pytest.raises(DataError, match="D001"):
        load_dataset(STORED, 0, folder.parent)
    path.write_bytes(content)
    lines = (folder / SUMS).read_text().splitlines(keepends=True)
    (folder / SUMS).write_text("".join(lines[:number] + lines[number + 1 :]))
    with pytest.raises(DataError, match="D002"):
        load_dataset(STORED, 0, folder.parent)


@pytest.mark.parametrize("text", [None, "", "no sums\n", "0" * 63 + "  train-images-idx3-ubyte\n"])
def test_sums_are_needed(folder: Path, text: str | None) -> None:
    """Without sums that can be read there is nothing to hold files against, and that is no pass."""
    (folder / SUMS).unlink()
    if text is not None:
        (folder / SUMS).write_text(text)
    with pytest.raises(DataError) as caught:
        load_dataset(STORED, 0, folder.parent)
    assert caught.value.where == folder / SUMS


@pytest.mark.parametrize(
    ("identity", "number", "content"),
    [
        ("D004", 0, lambda _: b"\0\0\x08\3" + b"\0\0\0\x0a\0\0\0\x1b\0\0\0\x1c" + bytes(10 * 27 * 28)),
        ("D005", 1, lambda old: old[:4] + (len(old) - 9).to_bytes(4, "big") + old[8:-1]),
        ("D007", 3, lambda old: old[:-1] + b"\x0a"),
        ("D008", 3, lambda old: old[:8] + bytes(len(old) - 8)),
    ],
)
def test_files_of_ones_own_are_controlled(
    identity: str, number: int, content: Callable[[bytes], bytes], folder: Path
) -> None:
    """Files with right sums may still hold the wrong thing; the control that says so stops a run."""
    path = locate_files(folder)[number]
    path.write_bytes(content(path.read_bytes()))
    renew_sums(folder)
    with pytest.raises(DataError, match=identity):
        load_dataset(STORED, 0, folder.parent)


def test_unpacked_published_files_are_the_published_set(real_data: Path, tmp_path: Path) -> None:
    """MNIST, unpacked by hand and read row by row, has the digest of MNIST in memory."""
    (tmp_path / "mine").mkdir()
    for path in locate_files(tmp_path / "mine"):
        path.write_bytes(gzip.decompress((real_data / "mnist" / f"{path.name}.gz").read_bytes()))
    renew_sums(tmp_path / "mine")
    published = load_dataset(DataConfig(source="mnist"), 0, real_data)
    assert load_dataset(STORED, 0, tmp_path).digest() == published.digest()


def test_more_samples_than_stored_is_reported(made: Path) -> None:
    """The error says how many there are."""
    with pytest.raises(DataError, match="more samples are asked for") as caught:
        load_dataset(DataConfig(source="stored", directory="mine", train_samples=TRAIN + 1), 0, made)
    assert caught.value.expected == f"at most {TRAIN}"


def test_shortage_of_memory_is_a_data_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples that do not fit into memory are one error that names the way out."""

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(load, "draw_synthetic", fail)
    with pytest.raises(DataError, match="do not fit into memory") as caught:
        load_dataset(DataConfig(source="synthetic", train_samples=100, test_samples=100), 0)
    assert "data generate" in str(caught.value.remedy)
