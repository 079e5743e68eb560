"""The source of stored sets: shape and classes come from the files, other sets keep their names."""

from __future__ import annotations

import gzip
import math
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from appliance.config.schema import DataConfig
from appliance.data import MemoryRows, load_dataset
from appliance.data.sources.stored_files import locate_files
from appliance.data.table import STORED as SOURCE
from appliance.errors import DataError
from support.stored_sets import TRAIN, place_own, renew_sums

if TYPE_CHECKING:
    from pathlib import Path

STORED = DataConfig(source="stored", directory="mine")


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


@pytest.mark.parametrize("name", ["mnist", "synthetic", "stored"])
def test_folder_with_the_name_of_another_set_is_not_listed(name: str, tmp_path: Path) -> None:
    """A folder with such a name is that of the other set, even if it has a SHA256SUMS."""
    place_own(tmp_path / name, (6, 5), 3)
    place_own(tmp_path / "mine", (6, 5), 3)
    assert [found.name for found in SOURCE.describe(tmp_path)] == ["mine"]
