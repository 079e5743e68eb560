"""Loading: what reaches a run, and what is stopped before it does."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config.schema import DataConfig
from appliance.data import Dataset, MemoryRows, catalog, load_dataset
from appliance.data import load as load_module
from appliance.errors import DataError
from support.idx_files import DEFECTS, draw_images, draw_labels, place_set

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import Source

MNIST = DataConfig(source="mnist")
SYNTHETIC = DataConfig(source="synthetic", train_samples=64, test_samples=32)


def test_files_become_rows_of_784_bytes(small_set: catalog.KnownSet, tmp_path: Path) -> None:
    """Images are flattened in C order, labels stay as they are, nothing can be written to."""
    dataset = load_dataset(MNIST, 0, tmp_path)
    assert dataset.name == small_set.name
    assert np.array_equal(dataset.train_features.read(), draw_images(40).reshape(40, 784))
    assert np.array_equal(dataset.train_labels, draw_labels(40))
    assert dataset.test_features.shape == (20, 784)
    features = dataset.train_features.read(), dataset.test_features.read()
    for array in (*features, dataset.train_labels, dataset.test_labels):
        assert isinstance(array, np.ndarray)
        assert array.dtype == np.uint8
        assert array.flags.c_contiguous
        assert not array.flags.writeable


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
    """One sample more than the file holds is an error that says how many there are."""
    with pytest.raises(DataError, match="more samples are asked for") as caught:
        load_dataset(DataConfig(source="mnist", train_samples=counts[0], test_samples=counts[1]), 0, tmp_path)
    assert caught.value.found == max(counts)


@pytest.mark.usefixtures("small_set")
@pytest.mark.parametrize("source", ["mnist", "synthetic"])
@pytest.mark.parametrize("counts", [(9, 10), (10, 9)])
def test_fewer_samples_than_classes_is_reported(source: Source, counts: tuple[int, int], tmp_path: Path) -> None:
    """A run needs at least ten samples of each part."""
    with pytest.raises(DataError, match="D006"):
        load_dataset(DataConfig(source=source, train_samples=counts[0], test_samples=counts[1]), 0, tmp_path)
    assert load_dataset(DataConfig(source=source, train_samples=10, test_samples=10), 0, tmp_path).digest()


@pytest.mark.parametrize("name", DEFECTS)
def test_damaged_file_fails_its_digest_before_it_is_parsed(
    name: str, small_set: catalog.KnownSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that are not the published ones never reach the parser."""
    path = small_set.locate(small_set.train.images, tmp_path)
    path.write_bytes(DEFECTS[name].damage(path.read_bytes()))
    monkeypatch.setattr(load_module, "decode_idx", None)
    with pytest.raises(DataError, match="D002") as caught:
        load_dataset(MNIST, 0, tmp_path)
    assert caught.value.expected == small_set.train.images.digest
    assert caught.value.where == str(path)


@pytest.mark.parametrize("name", DEFECTS)
def test_damaged_file_is_reported_without_its_digest(name: str, small_set: catalog.KnownSet, tmp_path: Path) -> None:
    """Where digests are not asked for, every defect still gives its one error."""
    path = small_set.locate(small_set.test.images, tmp_path)
    path.write_bytes(DEFECTS[name].damage(path.read_bytes()))
    with pytest.raises(DataError) as caught:
        load_dataset(MNIST, 0, tmp_path, verify_digest=False)
    assert caught.value.title == DEFECTS[name].title
    assert caught.value.where == path


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("kind", ["images", "labels"])
def test_each_missing_file_is_named(part: str, kind: str, small_set: catalog.KnownSet, tmp_path: Path) -> None:
    """Each of the four files is needed."""
    path = small_set.locate(getattr(getattr(small_set, part), kind), tmp_path)
    path.unlink()
    with pytest.raises(DataError, match="a data file is missing") as caught:
        load_dataset(MNIST, 0, tmp_path)
    assert caught.value.where == path


def test_missing_directory_is_reported(tmp_path: Path) -> None:
    """A data directory that is not there is a missing file, not a crash."""
    with pytest.raises(DataError, match="a data file is missing"):
        load_dataset(MNIST, 0, tmp_path / "absent")


@pytest.mark.parametrize(
    ("identity", "images", "labels"),
    [
        ("D004", draw_images(40)[:, 1:, :], draw_labels(40)),
        ("D005", draw_images(41), draw_labels(40)),
        ("D006", draw_images(39), draw_labels(39)),
        ("D007", draw_images(40), draw_labels(40) + np.uint8(1)),
        ("D008", draw_images(40), draw_labels(40) % np.uint8(9)),
    ],
)
def test_well_formed_file_with_wrong_content_is_stopped(
    identity: str,
    images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    labels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A file may be sound as a file and still not be such a set; its control says so."""
    monkeypatch.setattr(catalog, "KNOWN_SETS", (place_set(tmp_path, images=images, labels=labels),))
    with pytest.raises(DataError, match=identity):
        load_dataset(MNIST, 0, tmp_path)


def test_synthetic_data_need_no_directory() -> None:
    """Generated samples depend on the seed alone."""
    dataset = load_dataset(SYNTHETIC, 3)
    assert dataset.train_features.shape == (64, 784)
    assert dataset.test_labels.shape == (32,)
    assert isinstance(dataset.train_features, MemoryRows)
    assert not dataset.train_features.values.flags.writeable
    assert not dataset.test_labels.flags.writeable
    assert dataset.digest() == load_dataset(SYNTHETIC, 3).digest()
    assert dataset.digest() != load_dataset(SYNTHETIC, 4).digest()


@pytest.mark.parametrize("counts", [(0, 32), (64, 0)])
def test_endless_synthetic_data_are_refused(counts: tuple[int, int]) -> None:
    """Zero means all there are, which generated data do not have."""
    with pytest.raises(DataError, match="synthetic data have no end"):
        load_dataset(DataConfig(source="synthetic", train_samples=counts[0], test_samples=counts[1]), 0)


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


@pytest.mark.parametrize(
    ("source", "digest"),
    [
        ("mnist", "sha256:a12569b36824de978445e482c6ccb1ca5c4593271653a5f37d06f1d2bbb9be89"),
        ("fashion-mnist", "sha256:3fb7a0f46e7870a087178f47e89ad3505073edd04e29f8cac39409a6b21ae884"),
    ],
)
def test_published_files_load(source: Source, digest: str, real_data: Path) -> None:
    """The published sets have 60,000 and 10,000 samples, and the digest they always had."""
    dataset = load_dataset(DataConfig(source=source), 0, real_data)
    assert (len(dataset.train_labels), len(dataset.test_labels)) == (60_000, 10_000)
    assert dataset.digest() == digest


def test_one_flipped_bit_of_a_published_file_is_found(real_data: Path, tmp_path: Path) -> None:
    """A bit that flips on the disk is found by the digest."""
    known = catalog.find_known("mnist")
    shutil.copytree(real_data / "mnist", tmp_path / "mnist", copy_function=shutil.copyfile)
    (tmp_path / "mnist").chmod(0o755)
    path = known.locate(known.test.labels, tmp_path)
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="D002"):
        load_dataset(MNIST, 0, tmp_path)
