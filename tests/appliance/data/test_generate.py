"""Generating stored sets: they are the synthetic data, wrong requests are refused, failures leave no file."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from appliance.config.schema import DataConfig
from appliance.data import StoredRows, generate, load_dataset
from appliance.data.generate import _write_set, generate_set
from appliance.data.sources.stored_files import SUMS, locate_files
from appliance.data.table import STORED as SOURCE
from appliance.errors import DataError
from support.stored_sets import SEED, TEST, TRAIN, edit
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.data.synthetic import Part


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
    """The data directory contains the set alone, the set its five files."""
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


def test_lack_of_space_is_reported_first(tmp_path: Path) -> None:
    """More data than fit on any disk are refused before anything is written."""
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
