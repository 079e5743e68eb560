"""Stored sets: generated ones are the synthetic data, damaged ones are found, wrong requests are refused."""

from __future__ import annotations

import gzip
import hashlib
import math
import shutil
import subprocess
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from appliance.config.schema import DataConfig
from appliance.data import MemoryRows, generate, load_dataset
from appliance.data.generate import _write_set, generate_set
from appliance.data.sources.stored import SUMS, inspect_stored, locate_files
from appliance.data.stored_rows import StoredRows
from appliance.data.table import STORED as SOURCE
from appliance.errors import DataError
from support.idx_files import write_idx
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
    assert [found.name for found in SOURCE.describe(made)] == ["mine"]


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
    """A full disk, or one that returns other bytes than were written, gives one error and leaves no file."""
    monkeypatch.setattr(generate, "_write_set", defect)
    with pytest.raises(DataError, match=title):
        generate_set("mine", tmp_path, train_samples=100, test_samples=100, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_sound_set_meets_every_control(folder: Path) -> None:
    """21 controls pass, D001 to D008; only the training part must have a sample of every class."""
    controls, parts = inspect_stored(folder)
    assert (len(controls), len(parts)) == (21, 2)
    assert {control.status for control in controls} == {"pass"}
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
    assert [control.id for control in inspect_stored(folder).results if control.status == "fail"] == ["D002"]
    with pytest.raises(DataError, match="D002") as caught:
        load_dataset(STORED, 0, folder.parent)
    assert caught.value.where == str(path)
    renew_sums(folder)
    assert load_dataset(STORED, 0, folder.parent).digest()


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
    """Without readable sums there is nothing to compare files with, and that is an error."""
    (folder / SUMS).unlink()
    if text is not None:
        (folder / SUMS).write_text(text)
    with pytest.raises(DataError) as caught:
        load_dataset(STORED, 0, folder.parent)
    assert caught.value.where == folder / SUMS


@pytest.mark.parametrize(
    ("identity", "number", "content"),
    [
        ("D004", 0, lambda old: old[:8] + b"\0\0\0\x1b" + old[12 : 16 + TRAIN * 27 * 28]),
        ("D004", 0, lambda old: old[:8] + bytes(8)),
        ("D005", 1, lambda old: old[:4] + (len(old) - 9).to_bytes(4, "big") + old[8:-1]),
        ("D007", 3, lambda old: old[:-1] + b"\x0a"),
        ("D008", 1, lambda old: old[:8] + bytes(len(old) - 8)),
        ("D008", 1, lambda old: old[:-1] + b"\x0b"),
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
    with pytest.raises(DataError, match="asks for more samples") as caught:
        load_dataset(DataConfig(source="stored", directory="mine", train_samples=TRAIN + 1), 0, made)
    assert caught.value.expected == f"at most {TRAIN}"


def place_own(folder: Path, shape: tuple[int, ...], classes: int) -> Path:
    """Write a stored set of 30 and 12 samples, as a user would; return its folder."""
    folder.mkdir()
    for prefix, count in (("train", 30), ("t10k", 12)):
        samples = (np.arange(count * math.prod(shape)) * 7 % 251).astype(np.uint8).reshape(count, *shape)
        labels = (np.arange(count) % classes).astype(np.uint8)
        (folder / f"{prefix}-images-idx{samples.ndim}-ubyte").write_bytes(write_idx(samples))
        (folder / f"{prefix}-labels-idx1-ubyte").write_bytes(write_idx(labels))
    renew_sums(folder)
    return folder


@pytest.mark.parametrize(("shape", "classes"), [((6, 5), 3), ((7,), 2), ((3, 4, 5), 5), ((28, 28), 10), ((1,), 12)])
def test_shape_and_classes_come_from_the_files(shape: tuple[int, ...], classes: int, tmp_path: Path) -> None:
    """Samples of any shape and any number of classes are loaded, listed, checked."""
    folder = place_own(tmp_path / "mine", shape, classes)
    dataset = load_dataset(STORED, 0, tmp_path)
    assert (dataset.sample_shape, dataset.classes, dataset.features) == (shape, classes, math.prod(shape))
    assert dataset.train_features.shape == (30, math.prod(shape))
    expected = (np.arange(12 * math.prod(shape)) * 7 % 251).reshape(12, -1)
    assert np.array_equal(dataset.test_features.read(), expected)
    assert all(file.path.is_file() for file in SOURCE.describe(tmp_path)[0].files)
    assert {result.status for result in SOURCE.check("mine", tmp_path)} == {"pass"}
    memory = attrs.evolve(dataset, train_features=MemoryRows(dataset.train_features.read()))
    assert memory.digest() == dataset.digest()
    assert locate_files(folder)[0].name == f"train-images-idx{len(shape) + 1}-ubyte"


def _change_shape(folder: Path) -> None:
    path = locate_files(folder)[2]
    path.write_bytes(write_idx(np.zeros((12, 5, 6), dtype=np.uint8)))


def _change_rank(folder: Path) -> None:
    path = locate_files(folder)[2]
    path.rename(folder / "t10k-images-idx2-ubyte")
    (folder / "t10k-images-idx2-ubyte").write_bytes(write_idx(np.zeros((12, 30), dtype=np.uint8)))


def _add_class_to_test(folder: Path) -> None:
    edit(locate_files(folder)[3], -1, 3)


def _leave_out_class(folder: Path) -> None:
    edit(locate_files(folder)[1], -1, 4)


def _keep_one_class(folder: Path) -> None:
    locate_files(folder)[1].write_bytes(write_idx(np.zeros(30, dtype=np.uint8)))


def _misname(folder: Path) -> None:
    locate_files(folder)[0].rename(folder / "train-images-idx4-ubyte")


def _add_file(folder: Path) -> None:
    (folder / "train-images-idx2-ubyte").write_bytes(b"")


@pytest.mark.parametrize(
    ("defect", "identity"),
    [
        (_change_shape, "D004"),
        (_change_rank, "D004"),
        (_add_class_to_test, "D007"),
        (_leave_out_class, "D008"),
        (_keep_one_class, "D008"),
        (_misname, "D003"),
        (_add_file, "D001"),
    ],
)
def test_parts_that_do_not_agree_are_refused(defect: Callable[[Path], None], identity: str, tmp_path: Path) -> None:
    """Each defect of a set of 6 x 5 images in three classes fails its own control, and stops a run."""
    folder = place_own(tmp_path / "mine", (6, 5), 3)
    defect(folder)
    renew_sums(folder)
    failed = {result.id for result in SOURCE.check("mine", tmp_path) if result.status == "fail"}
    assert identity in failed
    with pytest.raises(DataError, match="data control failed"):
        load_dataset(STORED, 0, tmp_path)


def test_class_may_be_absent_from_the_test_part(tmp_path: Path) -> None:
    """The number of classes comes from the training labels alone."""
    folder = place_own(tmp_path / "mine", (6, 5), 3)
    locate_files(folder)[3].write_bytes(write_idx(np.ones(12, dtype=np.uint8)))
    renew_sums(folder)
    assert load_dataset(STORED, 0, tmp_path).classes == 3


@pytest.mark.parametrize("name", ["mnist", "synthetic", "stored"])
def test_folder_with_the_name_of_another_set_is_not_listed(name: str, tmp_path: Path) -> None:
    """A folder with such a name is that of the other set, even if it has a SHA256SUMS."""
    place_own(tmp_path / name, (6, 5), 3)
    place_own(tmp_path / "mine", (6, 5), 3)
    assert [found.name for found in SOURCE.describe(tmp_path)] == ["mine"]
