"""Published sets: what a check says about them, and what stops a run before anything is trained."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

import attrs
import numpy as np
import pytest

from appliance.config.schema import DataConfig
from appliance.data import load_dataset
from appliance.data.idx import decode_idx
from appliance.data.sources import catalog, published
from appliance.data.sources.published import PublishedSource
from appliance.errors import DataError
from support.idx_files import DEFECTS, draw_images, draw_labels, place_set
from verify.digests import digest_file

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.data.sources.catalog import KnownSet

MNIST = DataConfig(source="mnist")
FILE = ["D001", "D002", "D003"]
SAMPLES = ["D004", "D005", "D006", "D007", "D008"]


@pytest.mark.usefixtures("small_set")
def test_sound_set_passes_every_control(tmp_path: Path) -> None:
    """Each part has three controls for each file and five for its samples."""
    controls = PublishedSource().check("mnist", tmp_path)
    assert [control.id for control in controls] == [*FILE, *FILE, *SAMPLES] * 2
    assert all(control.status == "pass" for control in controls)


@pytest.mark.parametrize("name", DEFECTS)
def test_damage_fails_the_digest(
    name: str, small_set: KnownSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A damaged file fails one control and is not unpacked: it could be made to fill the memory."""
    unpacked: list[object] = []

    def unpack(packed: bytes, *, rank: int, where: Path) -> object:
        unpacked.append(where)
        return decode_idx(packed, rank=rank, where=where)

    monkeypatch.setattr(published, "decode_idx", unpack)
    path = small_set.locate(small_set.train.images, tmp_path)
    path.write_bytes(DEFECTS[name].damage(path.read_bytes()))
    failed = [control for control in PublishedSource().check("mnist", tmp_path) if control.status == "fail"]
    assert [control.id for control in failed] == ["D002"]
    assert len(unpacked) == 3
    assert path not in unpacked
    assert {control.where for control in failed} == {str(path)}


@pytest.mark.parametrize("damaged", [False, True], ids=["missing", "damaged"])
def test_remedy_names_the_set_and_its_directory(small_set: KnownSet, tmp_path: Path, damaged: bool) -> None:
    """The command that is printed downloads this set to this directory."""
    path = small_set.locate(small_set.train.images, tmp_path)
    path.unlink()
    if damaged:
        path.write_bytes(b"none")
    with pytest.raises(DataError) as caught:
        load_dataset(MNIST, 0, tmp_path)
    failed = [control for control in PublishedSource().check("mnist", tmp_path) if control.status == "fail"]
    command = shlex.join(["repro-appliance", "data", "fetch", "mnist", "--data-dir", str(tmp_path)])
    for remedy in (caught.value.remedy, failed[0].remedy):
        assert command in str(remedy)
        assert "REPRO_APPLIANCE_DATA" in str(remedy)


def test_missing_file_fails_its_control(small_set: KnownSet, tmp_path: Path) -> None:
    """A missing file fails once; controls that need it are left out, they do not pass."""
    small_set.locate(small_set.test.labels, tmp_path).unlink()
    controls = PublishedSource().check("mnist", tmp_path)
    assert [control.id for control in controls] == [*FILE, *FILE, *SAMPLES, *FILE, "D001"]
    assert [control.id for control in controls if control.status == "fail"] == ["D001"]


def test_wrong_content_fails_its_control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole files with the contents of another set fail a control."""
    monkeypatch.setattr(catalog, "KNOWN_SETS", (place_set(tmp_path, labels=draw_labels(40) + np.uint8(1)),))
    assert [control.id for control in PublishedSource().check("mnist", tmp_path) if control.status == "fail"] == [
        "D007",
        "D008",
    ]


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_published_sets_pass_every_control(name: str, real_data: Path) -> None:
    """The published files pass all 22 controls."""
    controls = PublishedSource().check(name, real_data)
    assert len(controls) == 22
    assert all(control.status == "pass" for control in controls)


def test_files_become_rows_of_784_bytes(small_set: KnownSet, tmp_path: Path) -> None:
    """Images are flattened in C order, labels stay as they are, nothing can be written to."""
    dataset = load_dataset(MNIST, 0, tmp_path)
    assert (dataset.name, dataset.sample_shape, dataset.classes) == (small_set.name, (28, 28), 10)
    assert dataset.features == 784
    assert np.array_equal(dataset.train_features.read(), draw_images(40).reshape(40, 784))
    assert np.array_equal(dataset.train_labels, draw_labels(40))
    assert dataset.test_features.shape == (20, 784)
    features = dataset.train_features.read(), dataset.test_features.read()
    for array in (*features, dataset.train_labels, dataset.test_labels):
        assert isinstance(array, np.ndarray)
        assert array.dtype == np.uint8
        assert array.flags.c_contiguous
        assert not array.flags.writeable


@pytest.mark.parametrize("name", DEFECTS)
def test_damaged_file_fails_its_digest_before_it_is_parsed(
    name: str, small_set: KnownSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bytes that are not the published ones are never parsed."""
    path = small_set.locate(small_set.train.images, tmp_path)
    path.write_bytes(DEFECTS[name].damage(path.read_bytes()))
    monkeypatch.setattr(published, "decode_idx", None)
    with pytest.raises(DataError, match="D002") as caught:
        load_dataset(MNIST, 0, tmp_path)
    assert caught.value.expected == small_set.train.images.digest
    assert caught.value.where == str(path)


@pytest.mark.parametrize("name", DEFECTS)
def test_damaged_file_with_a_right_digest_is_reported(
    name: str, small_set: KnownSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a catalog published the digest of a damaged file, every defect would still give its one error."""
    path = small_set.locate(small_set.test.images, tmp_path)
    path.write_bytes(DEFECTS[name].damage(path.read_bytes()))
    images = attrs.evolve(small_set.test.images, digest=digest_file(path))
    known = attrs.evolve(small_set, test=attrs.evolve(small_set.test, images=images))
    monkeypatch.setattr(catalog, "KNOWN_SETS", (known,))
    with pytest.raises(DataError) as caught:
        load_dataset(MNIST, 0, tmp_path)
    assert caught.value.title == DEFECTS[name].title
    assert caught.value.where == path


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("kind", ["images", "labels"])
def test_each_missing_file_is_named(part: str, kind: str, small_set: KnownSet, tmp_path: Path) -> None:
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
    """A file that can be read but has other data fails the control for that."""
    monkeypatch.setattr(catalog, "KNOWN_SETS", (place_set(tmp_path, images=images, labels=labels),))
    with pytest.raises(DataError, match=identity):
        load_dataset(MNIST, 0, tmp_path)


@pytest.mark.parametrize(
    ("source", "digest"),
    [
        ("mnist", "sha256:a12569b36824de978445e482c6ccb1ca5c4593271653a5f37d06f1d2bbb9be89"),
        ("fashion-mnist", "sha256:3fb7a0f46e7870a087178f47e89ad3505073edd04e29f8cac39409a6b21ae884"),
    ],
)
def test_published_files_load(source: str, digest: str, real_data: Path) -> None:
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


def test_shape_and_classes_come_from_the_catalog(
    small_set: KnownSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A set that is published with another shape or more classes does not accept these files."""
    for changes, identity in (
        ({"sample_shape": (14, 56)}, "D004"),
        ({"classes": 11}, "D008"),
        ({"classes": 9}, "D007"),
    ):
        monkeypatch.setattr(catalog, "KNOWN_SETS", (attrs.evolve(small_set, **changes),))
        with pytest.raises(DataError, match=identity):
            load_dataset(MNIST, 0, tmp_path)
