"""Training from files: every digest is that of the same samples in memory, and a file that changes ends the run."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import load_config
from appliance.config.optimizers import OPTIMIZERS
from appliance.data import MemoryRows, load_dataset, stored_rows
from appliance.data.generate import generate_set
from appliance.data.sources.stored_files import locate_files
from appliance.data.stamps import Stamp
from appliance.data.stored_rows import StoredRows
from appliance.errors import DataError
from appliance.training import execute
from appliance.training.execute import run_training
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import Config, DataConfig, Precision
    from appliance.data.dataset import Dataset

SETTINGS_ONLY = {"run"}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data directory with the samples of `smoke` in a stored set called `mine`."""
    place, config = tmp_path_factory.mktemp("data"), load_config("smoke")
    counts = {"train_samples": config.data.train_samples, "test_samples": config.data.test_samples}
    generate_set("mine", place, **counts, seed=config.seed)
    return place


def evolve(config: Config, section: str, **changes: Any) -> Config:  # noqa: ANN401 (any setting)
    """Return a configuration of which one section has changed."""
    return attrs.evolve(config, **{section: attrs.evolve(getattr(config, section), **changes)})


def list_changes(config: Config, data_dir: Path, profile: str = "portable") -> set[str]:
    """Train from memory, then from files; return the names of the digests that differ."""
    memory = run_training(config, profile=profile).digests
    stored = evolve(config, "data", source="stored", directory="mine")
    files = run_training(stored, profile=profile, data_dir=data_dir).digests
    return {name for name in memory if memory[name] != files[name]}


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [1, 32, 100, 1 << 14])
@pytest.mark.parametrize("size", [1, 30, 32, 300])
def test_files_give_the_bits_of_memory(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, size: int, at_once: int
) -> None:
    """For any size of batches and of blocks that are read, only the digest of the settings differs."""
    monkeypatch.setattr("appliance.data.rows._ROWS_AT_ONCE", at_once)
    config = evolve(evolve(load_config("smoke"), "training", batch_size=size), "optimizer", learning_rate=0.01)
    assert list_changes(config, data_dir) == SETTINGS_ONLY


@pytest.mark.parametrize(("profile", "precision"), [("portable", "f64"), ("native", "f32"), ("native", "f64")])
def test_every_arithmetic_reads_files(data_dir: Path, profile: str, precision: Precision) -> None:
    """Double precision, and native arithmetic, which leaves out no column, get the same bytes."""
    assert list_changes(attrs.evolve(load_config("smoke"), precision=precision), data_dir, profile) == SETTINGS_ONLY


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_a_part_of_the_files_is_enough(data_dir: Path, optimizer: str) -> None:
    """The first samples of a set are those of a smaller one, for optimizers with state as well."""
    config = evolve(load_config("smoke"), "data", train_samples=200, test_samples=33)
    config = attrs.evolve(config, optimizer=OPTIMIZERS[optimizer](learning_rate=0.01))
    assert list_changes(config, data_dir) == SETTINGS_ONLY


def test_unused_columns_are_found_in_blocks(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column used in one block only counts as used."""
    monkeypatch.setattr(stored_rows, "_BLOCK_BYTES", 50 * 784)
    stored = load_dataset(evolve(load_config("smoke"), "data", source="stored", directory="mine").data, 1, data_dir)
    features = stored.train_features
    assert isinstance(features, StoredRows)
    blocks = [MemoryRows(block).find_used_columns() for block in features.blocks()]
    assert len({tuple(block.tolist()) for block in blocks}) > 1
    assert np.array_equal(features.find_used_columns(), np.flatnonzero(features.read().any(axis=0)))


@pytest.mark.parametrize("number", [0, 2])
def test_file_that_changes_ends_the_run(data_dir: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Images that change after the controls passed are neither trained on nor tested on."""
    config = evolve(load_config("smoke"), "data", source="stored", directory="mine")
    path = locate_files(data_dir / "mine")[number]

    def load_then_touch(data: DataConfig, seed: int, place: Path | None) -> Dataset:
        dataset = load_dataset(data, seed, place)
        digest = dataset.digest()
        status = path.stat()
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        return attrs.evolve(dataset, name=digest)

    monkeypatch.setattr(execute, "load_dataset", load_then_touch)
    with pytest.raises(DataError, match="has changed"):
        run_training(config, data_dir=data_dir)


@pytest.mark.parametrize(("file", "epoch"), [(0, 1), (0, 2), (2, 1)])
@pytest.mark.parametrize("clock", ["kept", "none"])
def test_data_altered_with_its_time_put_back_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: int, epoch: int, clock: str
) -> None:
    """One byte of the training or test images is changed during the run, and the time of change is put back.

    Where the file system keeps the time that no program can set, the next reading notices it. Without that time, the
    digest after the training does.
    """
    config = evolve(load_config("smoke"), "data", source="stored", directory="mine")
    generate_set("mine", tmp_path, train_samples=256, test_samples=64, seed=1)
    path = locate_files(tmp_path / "mine")[file]
    time.sleep(0.05)
    if clock == "none":
        monkeypatch.setattr(stored_rows, "read_stamp", lambda _: Stamp(size=1, changed=1, number=1, touched=1))
    done: list[int] = []

    def alter(now: int, *_: int) -> None:
        if now == epoch and not done:
            done.append(now)
            status = path.stat()
            data = bytearray(path.read_bytes())
            data[-100] ^= 1
            path.write_bytes(data)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    with pytest.raises(DataError, match="has changed"):
        run_training(config, data_dir=tmp_path, progress=alter)
    assert done


def test_divergence_is_reported_as_from_memory(data_dir: Path) -> None:
    """The step and the tensor that left the finite numbers are the same ones."""
    config = evolve(evolve(load_config("smoke"), "optimizer", learning_rate=9e5), "training", epochs=60)
    with pytest.raises(NonFiniteError) as memory:
        run_training(config)
    with pytest.raises(NonFiniteError) as files:
        run_training(evolve(config, "data", source="stored", directory="mine"), data_dir=data_dir)
    assert files.value.where == memory.value.where
