"""The table of sources: which source serves a name, and what is the same for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import list_configs, load_config
from appliance.config.schema import DataConfig
from appliance.data import Dataset, MemoryRows, load_dataset, table
from appliance.data.controls import make_result
from appliance.data.source import Part, SetDescription, select_samples
from appliance.data.sources import synthetic
from appliance.data.table import check_set, find_source, list_sets
from appliance.errors import ConfigurationError, DataError
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from verify.results import Result

MNIST = DataConfig(source="mnist")
SYNTHETIC = DataConfig(source="synthetic", train_samples=64, test_samples=32)


@pytest.mark.usefixtures("small_set")
def test_subset_is_the_beginning(tmp_path: Path) -> None:
    """A count takes the first samples; the seed does not matter to files."""
    whole = load_dataset(MNIST, 0, tmp_path)
    some = load_dataset(DataConfig(source="mnist", train_samples=15, test_samples=10), 9, tmp_path)
    assert np.array_equal(some.train_features.read(), whole.train_features.read(0, 15))
    assert np.array_equal(some.test_labels, whole.test_labels[:10])
    assert load_dataset(MNIST, 9, tmp_path).digest() == whole.digest() != some.digest()


@pytest.mark.usefixtures("small_set")
@pytest.mark.parametrize("counts", [(41, 0), (0, 21)])
def test_more_samples_than_there_are_is_reported(counts: tuple[int, int], tmp_path: Path) -> None:
    """One sample more than the file has is an error that says how many there are."""
    with pytest.raises(DataError, match="asks for more samples") as caught:
        load_dataset(DataConfig(source="mnist", train_samples=counts[0], test_samples=counts[1]), 0, tmp_path)
    assert caught.value.found == max(counts)


@pytest.mark.usefixtures("small_set")
@pytest.mark.parametrize("source", ["mnist", "synthetic"])
@pytest.mark.parametrize("counts", [(9, 10), (10, 9)])
def test_fewer_samples_than_classes_is_reported(source: str, counts: tuple[int, int], tmp_path: Path) -> None:
    """A run needs at least ten samples of each part."""
    with pytest.raises(DataError, match="D006"):
        load_dataset(DataConfig(source=source, train_samples=counts[0], test_samples=counts[1]), 0, tmp_path)
    assert load_dataset(DataConfig(source=source, train_samples=10, test_samples=10), 0, tmp_path).digest()


@pytest.mark.parametrize("field", ["train_features", "train_labels", "test_features", "test_labels"])
def test_digest_covers_every_array(field: str) -> None:
    """One changed bit in any of the four arrays changes the digest; the name does not."""
    dataset = load_dataset(SYNTHETIC, 0)
    value = getattr(dataset, field)
    changed = np.array(value.read() if isinstance(value, MemoryRows) else value)
    changed.flat[0] ^= 1
    other: Any = MemoryRows(changed) if isinstance(value, MemoryRows) else changed
    assert attrs.evolve(dataset, **{field: other}).digest() != dataset.digest()
    assert attrs.evolve(dataset, name="other").digest() == dataset.digest()


def test_equal_data_sets_are_not_equal_objects() -> None:
    """Data sets are compared by digest; `==` on arrays would have no single answer."""
    first, second = load_dataset(SYNTHETIC, 0), load_dataset(SYNTHETIC, 0)
    assert isinstance(first, Dataset)
    assert first != second


def test_shortage_of_memory_is_a_data_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples that do not fit into memory are one error that says what to do."""

    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(synthetic, "draw_synthetic", fail)
    with pytest.raises(DataError, match="do not fit into memory") as caught:
        load_dataset(SYNTHETIC, 0)
    assert "docs/data.md" in str(caught.value.remedy)


def test_every_name_belongs_to_one_source() -> None:
    """No two sources serve the same name, and every named configuration uses one of the names."""
    names = [name for source in table.SOURCES for name in source.names()]
    assert len(set(names)) == len(names)
    assert {load_config(name).data.source for name in list_configs()} <= set(names)


def test_unknown_names_are_reported(tmp_path: Path) -> None:
    """A source or a set that does not exist is a usage error that lists the names that do."""
    with pytest.raises(ConfigurationError, match="no such data source") as caught:
        find_source("cifar10")
    sets = "synthetic or regression or mnist or fashion-mnist or arrays or csv or images"
    assert caught.value.expected == f"{sets} or stored"
    with pytest.raises(UsageError, match="no such data set") as unknown:
        check_set("cifar10", tmp_path)
    assert unknown.value.expected == sets


class Stripes:
    """A new source: samples of shape (2, 3, 4) in two classes."""

    def names(self) -> tuple[str, ...]:
        """Return the one name of this source."""
        return ("stripes",)

    def describe(self, data_dir: Path) -> list[SetDescription]:
        """Return the one data set of this source."""
        return [SetDescription(name="stripes", title=f"stripes beside {data_dir.name}", licence="none needed")]

    def check(self, name: str, data_dir: Path) -> list[Result]:
        """Return one result."""
        return [make_result("D001", holds=data_dir.is_dir(), expected="yes", found=str(data_dir), where=name)]

    def load(self, data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:
        """Return as many samples as the configuration asks for."""
        assert data_dir
        values = np.full((100, 2, 3, 4), seed, dtype=np.uint8)
        part = Part(MemoryRows(values).flatten(), (np.arange(100) % 2).astype(np.uint8))
        return select_samples(data, part, part, sample_shape=(2, 3, 4), classes=2)


def test_a_new_source_needs_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class with four methods in the table is listed, checked and loaded; without its row it is unknown."""
    with pytest.raises(UsageError):
        check_set("stripes", tmp_path)
    monkeypatch.setattr(table, "SOURCES", (*table.SOURCES, Stripes()))
    assert [found.name for found in list_sets(tmp_path)][-1] == "stripes"
    assert [result.status for result in check_set("stripes", tmp_path)] == ["pass"]
    dataset = find_source("stripes").load(SYNTHETIC, 7, tmp_path)
    assert (dataset.sample_shape, dataset.classes, dataset.features) == ((2, 3, 4), 2, 24)
    assert (dataset.train_features.shape, dataset.test_features.shape) == ((64, 24), (32, 24))
    assert set(dataset.train_features.read().flat) == {7}
