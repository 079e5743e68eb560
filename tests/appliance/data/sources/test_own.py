"""Data of one's own: the same samples from every kind of file, controls, splits, types, places."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from appliance.data import load_dataset
from appliance.data.readers import npy
from appliance.data.rows import MemoryRows
from appliance.data.table import OWN
from appliance.errors import DataError
from appliance.streams import draw_permutation
from documents.markdown import read_page
from support.idx_files import write_idx
from support.own_data import BYTES, CLASSES, COUNT, FEATURES, LABELS, SPLIT, WIDTH, make_data, write_table
from verify.files.toml import parse_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.data import Dataset
    from appliance.data.source import Inspection

COLUMNS = [{"name": "x*"}, {"name": "y", "type": "integer", "role": "target"}]
STORED = {"test_samples": 15, "order": "stored"}


def write_arrays(folder: Path, features: Any = FEATURES, labels: Any = LABELS) -> None:  # noqa: ANN401
    """Write x.npy and y.npy."""
    np.save(folder / "x.npy", features)
    np.save(folder / "y.npy", labels)


def load(folder: Path, data_dir: Path | None = None, **data: object) -> Dataset:
    """Return the data set of arrays x.npy and y.npy, unless the settings name others; split unless they say how."""
    arrays = {"source": "arrays", "arrays": {"features": "x.npy", "labels": "y.npy"}, "split": SPLIT}
    return load_dataset(make_data(folder, **(data if "source" in data else {**arrays, **data})), 0, data_dir)


def inspect(folder: Path, **data: object) -> Inspection:
    """Return the outcome of all controls of the arrays x.npy and y.npy."""
    arrays = {"source": "arrays", "arrays": {"features": "x.npy", "labels": "y.npy"}, "split": SPLIT}
    return OWN.inspect(make_data(folder, **{**arrays, **data}), None)


def list_failed(found: Inspection) -> list[str]:
    """Return the ids of the controls that failed."""
    return [result.id for result in found.results if result.status != "pass"]


def test_every_kind_of_file_gives_the_same_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """npy, npz, a table and parts in files of their own have one digest; so has a file that is read row by row."""
    write_arrays(tmp_path)
    np.savez_compressed(tmp_path / "mine.npz", features=FEATURES, labels=LABELS)
    write_table(tmp_path / "mine.csv")
    np.savez(tmp_path / "parts.npz", a=FEATURES[:45], b=LABELS[:45], c=FEATURES[45:], d=LABELS[45:])
    names = {"train_features": "a", "train_labels": "b", "test_features": "c", "test_labels": "d"}
    npz = {"features": "mine.npz:features", "labels": "mine.npz:labels"}
    parts = {key: f"parts.npz:{name}" for key, name in names.items()}
    found = [
        load(tmp_path, split=STORED, standardize="feature"),
        load(tmp_path, split=STORED, standardize="feature", arrays=npz),
        load(
            tmp_path,
            source="csv",
            csv={"path": "mine.csv", "columns": COLUMNS},
            split=STORED,
            standardize="feature",
        ),
        load(tmp_path, source="arrays", arrays=parts, standardize="feature"),
    ]
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    found.append(load(tmp_path, split=STORED, standardize="feature"))
    assert not isinstance(found[-1].train_features, MemoryRows)
    assert len({dataset.digest() for dataset in found}) == 1
    assert {(dataset.classes, dataset.sample_shape) for dataset in found} == {(CLASSES, (WIDTH,))}
    assert load(tmp_path, split=STORED).digest() != found[0].digest()


def test_large_files_give_the_same_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Split in a random order, rounded, standardised, cut: rows in a file are those in memory."""
    write_arrays(tmp_path, FEATURES.astype(np.float64) * 1.1)
    settings: dict[str, Any] = {"standardize": "all", "train_samples": 40, "shape": [2, 3]}
    memory = load(tmp_path, **settings)
    monkeypatch.setattr(npy, "IN_MEMORY", 0)
    stored = load(tmp_path, **settings)
    order = np.array([3, 39, 0, 5])
    assert stored.digest() == memory.digest()
    assert stored.sample_shape == (2, 3)
    assert np.array_equal(stored.train_features.take(order), memory.train_features.take(order))
    columns = stored.train_features.find_used_columns()
    assert np.array_equal(columns, memory.train_features.find_used_columns())
    (tmp_path / "x.npy").write_bytes((tmp_path / "x.npy").read_bytes()[:-1])
    with pytest.raises(DataError, match="has changed"):
        stored.train_features.read()


def test_split_and_scale_are_in_the_digest(tmp_path: Path) -> None:
    """Another seed of the split, another order and another scale are another data set; the seed of the run is not."""
    write_arrays(tmp_path)
    choices: list[dict[str, Any]] = [
        {},
        {"split": {**SPLIT, "seed": 1}},
        {"split": STORED},
        {"split": {"test_samples": 14}},
        {"standardize": "feature"},
        {"standardize": "all"},
        {"train_samples": 20},
    ]
    assert len({load(tmp_path, **choice).digest() for choice in choices}) == len(choices)
    data = make_data(tmp_path, source="arrays", arrays={"features": "x.npy", "labels": "y.npy"}, split=SPLIT)
    assert load_dataset(data, 1).digest() == load_dataset(data, 2).digest()


@pytest.mark.parametrize("shape", [(COUNT, 6), (COUNT, 2, 3), (COUNT, 1, 2, 3), (COUNT,)])
def test_samples_have_any_shape(shape: tuple[int, ...], tmp_path: Path) -> None:
    """The shape is the stored one; a single number is a sample of shape (1,)."""
    write_arrays(tmp_path, np.resize(FEATURES, shape))
    dataset = load(tmp_path)
    assert dataset.sample_shape == (shape[1:] or (1,))
    assert dataset.train_features.shape == (45, dataset.features)


def test_idx_files_in_any_form(tmp_path: Path) -> None:
    """Packed and unpacked IDX files hold the same samples as bytes."""
    (tmp_path / "x").write_bytes(write_idx(BYTES.reshape(COUNT, 2, 3)))
    (tmp_path / "y.gz").write_bytes(gzip.compress(write_idx(LABELS.astype(np.uint8))))
    dataset = load(tmp_path, arrays={"features": "x", "labels": "y.gz"})
    write_arrays(tmp_path, BYTES.reshape(COUNT, 2, 3))
    assert dataset.digest() == load(tmp_path).digest()
    assert dataset.train_features.dtype == np.uint8
    assert dataset.sample_shape == (2, 3)


@pytest.mark.parametrize(
    ("features", "read_as", "dtype"),
    [
        (BYTES, "stored", "uint8"),
        (BYTES, "tokens", "uint8"),
        (BYTES, "numbers", "float32"),
        (BYTES.astype(np.int64), "stored", "float32"),
        (BYTES.astype(np.int64), "bytes", "uint8"),
        (BYTES.astype(np.int64), "tokens", "uint8"),
        (BYTES.astype(np.int64) + 200, "tokens", "int32"),
        (BYTES.astype(np.uint64) * 2**20, "tokens", "int32"),
        (FEATURES.astype(np.float16), "stored", "float32"),
        (FEATURES > 0, "stored", "float32"),
    ],
)
def test_types_of_features(features: Any, read_as: str, dtype: str, tmp_path: Path) -> None:  # noqa: ANN401
    """Bytes, numbers and tokens, as the settings say; values do not change."""
    write_arrays(tmp_path, features)
    dataset = load(tmp_path, read_as=read_as, split=STORED)
    assert dataset.train_features.dtype == np.dtype(dtype)
    assert np.array_equal(dataset.train_features.read(), features[:45])


@pytest.mark.parametrize(
    ("labels", "labels_as", "classes", "targets"),
    [
        (LABELS, "stored", 3, 0),
        (LABELS.astype(np.float64), "classes", 3, 0),
        (LABELS[:, None], "stored", 3, 0),
        (LABELS, "targets", 0, 1),
        (LABELS / 2, "stored", 0, 1),
        (FEATURES[:, :2], "stored", 0, 2),
    ],
)
def test_types_of_labels(labels: Any, labels_as: str, classes: int, targets: int, tmp_path: Path) -> None:  # noqa: ANN401
    """Whole numbers are classes, floats are targets, unless the settings say otherwise."""
    write_arrays(tmp_path, FEATURES, labels)
    dataset = load(tmp_path, labels_as=labels_as, split=STORED)
    assert (dataset.classes, dataset.targets) == (classes, targets)
    assert np.array_equal(dataset.train_labels.reshape(45, -1), labels[:45].reshape(45, -1).astype(np.float32))
    assert not dataset.train_labels.flags.writeable


def test_many_classes(tmp_path: Path) -> None:
    """Above 256 classes labels are int32; a declared number of classes may have classes without samples."""
    write_arrays(tmp_path, FEATURES, LABELS * 400)
    dataset = load(tmp_path, classes=1000)
    assert dataset.classes == 1000
    assert dataset.train_labels.dtype == np.int32
    assert list_failed(inspect(tmp_path)) == ["D008"]
    assert list_failed(inspect(tmp_path, classes=800)) == ["D007", "D007"]


def test_targets_are_standardised(tmp_path: Path) -> None:
    """Targets have mean 0 and deviation 1 over the training samples, if the settings say so."""
    write_arrays(tmp_path, FEATURES, LABELS * 5.0 + 100)
    dataset = load(tmp_path, standardize_targets=True)
    assert abs(float(dataset.train_labels.astype(np.float64).mean())) < 1e-6
    assert load(tmp_path).train_labels.min() == 100


def test_a_table_with_names_of_classes(tmp_path: Path) -> None:
    """The texts of a category are the names of the classes, those of the training table also in the test table."""
    texts = np.array(["wolf", "ant", "bee"])[LABELS]
    write_table(tmp_path / "train.csv", labels=texts)
    write_table(tmp_path / "test.csv", FEATURES[:20], texts[:20])
    columns = [COLUMNS[0], {"name": "y", "type": "category", "role": "target"}]
    csv = {"train_path": "train.csv", "test_path": "test.csv", "columns": columns}
    dataset = load(tmp_path, source="csv", csv=csv)
    assert dataset.preparation
    assert dataset.preparation.class_names == ("ant", "bee", "wolf")
    assert dataset.test_labels.tolist() == [(2, 0, 1)[label] for label in LABELS[:20]]
    write_table(tmp_path / "test.csv", FEATURES[:20], np.array(["fox"] * 20))
    with pytest.raises(DataError, match="its category does not have"):
        load(tmp_path, source="csv", csv=csv)


def test_images_are_samples(tmp_path: Path) -> None:
    """Images in folders are bytes with the names of their folders as classes."""
    values = np.resize(BYTES, (24, 4, 5, 3))
    for number, image in enumerate(values):
        folder = tmp_path / "all" / "ab"[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{number:02d}.png")
    dataset = load(tmp_path, source="images", images={"path": "all"}, split={"test_samples": 12})
    assert (dataset.sample_shape, dataset.classes) == ((3, 4, 5), 2)
    assert dataset.preparation
    assert dataset.preparation.class_names == ("a", "b")
    stored = np.concatenate([values[::2], values[1::2]]).transpose(0, 3, 1, 2).reshape(24, 60)
    order = draw_permutation(24, 0, "split")
    assert np.array_equal(dataset.train_features.read(), stored[order[:12]])
    assert dataset.test_labels.tolist() == (order[12:] // 12).tolist()


@pytest.mark.parametrize(
    ("controls", "failed"),
    [
        (
            {"train_samples": 45, "test_samples": 15, "sample_shape": [6], "classes": 3, "minimum": -8, "maximum": 8.0},
            [],
        ),
        ({"train_samples": 44}, ["D012"]),
        ({"test_samples": 16}, ["D012"]),
        ({"sample_shape": [6, 1]}, ["D004"]),
        ({"classes": 4}, ["D013"]),
        ({"targets": 1}, ["D013"]),
        ({"minimum": -1.0}, ["D011", "D011"]),
        ({"maximum": 1}, ["D011", "D011"]),
        ({"digest": "sha256:" + "0" * 64}, ["D014"]),
        ({"target_maximum": 0.0}, []),
    ],
)
def test_declared_controls(controls: dict[str, Any], failed: list[str], tmp_path: Path) -> None:
    """What is declared is checked before a run; a failed control is the error of a run."""
    write_arrays(tmp_path)
    found = inspect(tmp_path, controls=controls)
    assert list_failed(found) == failed
    if failed:
        with pytest.raises(DataError, match=failed[0]):
            load(tmp_path, controls=controls)
    else:
        assert found.dataset
        digest = found.dataset.digest()
        assert load(tmp_path, controls={**controls, "digest": digest}).digest() == digest


def test_ranges_of_targets(tmp_path: Path) -> None:
    """A bound and a value that are written alike are equal, although float32 holds neither."""
    write_arrays(tmp_path, FEATURES, LABELS * 0.1)
    assert list_failed(inspect(tmp_path, controls={"target_minimum": 0.0, "target_maximum": 0.2})) == []
    assert list_failed(inspect(tmp_path, controls={"target_maximum": 0.1})) == ["D011", "D011"]


def _spoil(values: Any, place: tuple[int, ...], value: float) -> Any:  # noqa: ANN401
    spoiled = np.array(values)
    spoiled[place] = value
    return spoiled


@pytest.mark.parametrize(
    ("make", "settings", "failed"),
    [
        (lambda: (_spoil(FEATURES, (59, 5), np.nan), LABELS), {}, ["D010"]),
        (lambda: (_spoil(FEATURES.astype(np.float64), (3, 0), 1e39), LABELS), {}, ["D010"]),
        (lambda: (FEATURES, _spoil(LABELS * 1.0, (7,), -np.inf)), {}, ["D010"]),
        (lambda: (BYTES.astype(np.int32) + 100, LABELS), {"read_as": "bytes"}, ["D011", "D011"]),
        (lambda: (BYTES.astype(np.int32) - 300, LABELS), {"read_as": "tokens"}, ["D011", "D011"]),
        (lambda: (_spoil(BYTES.astype(np.int64), (0, 0), 2**53 + 2), LABELS), {}, ["D011"]),
        (lambda: (FEATURES, LABELS[:-1]), {}, ["D005"]),
        (lambda: (FEATURES, LABELS - 1), {}, ["D007"]),
        (lambda: (FEATURES, LABELS * 0), {}, ["D008"]),
        (lambda: (FEATURES[:, :0], LABELS), {}, ["D004", "D004"]),
        (lambda: (FEATURES[:20], LABELS[:20]), {}, ["D006"]),
    ],
)
def test_wrong_values_fail_a_control(
    make: Callable[[], tuple[Any, Any]], settings: dict[str, Any], failed: list[str], tmp_path: Path
) -> None:
    """NaN, infinity, numbers out of range, wrong counts and absent classes each fail their control."""
    write_arrays(tmp_path, *make())
    found = inspect(tmp_path, **settings)
    assert set(list_failed(found)) == set(failed)
    assert found.dataset is None
    with pytest.raises(DataError, match=failed[0]):
        load(tmp_path, **settings)


@pytest.mark.parametrize(
    ("features", "labels", "settings", "title"),
    [
        (FEATURES, LABELS, {"read_as": "tokens"}, "must be whole numbers"),
        (FEATURES, LABELS / 2, {"labels_as": "classes"}, "no class numbers"),
        (FEATURES, LABELS + 2**31, {}, "no class numbers"),
        (FEATURES, FEATURES[:, :2].astype(np.int64), {}, "no class numbers"),
        (FEATURES, FEATURES[:, :0], {}, "another shape"),
        (FEATURES, np.zeros((COUNT, 2, 2)), {}, "another shape"),
        (FEATURES, LABELS / 2, {"classes": 3}, "but classes are declared"),
        (FEATURES, LABELS, {"shape": [7]}, "cannot have this shape"),
        (FEATURES, LABELS, {"train_samples": 46}, "more samples than there are"),
        (FEATURES, LABELS, {"split": {"test_samples": 60}}, "leaves no samples"),
    ],
)
def test_settings_that_do_not_fit_the_files(
    features: Any,  # noqa: ANN401
    labels: Any,  # noqa: ANN401
    settings: dict[str, Any],
    title: str,
    tmp_path: Path,
) -> None:
    """Settings that the contents of the files contradict are one error."""
    write_arrays(tmp_path, features, labels)
    with pytest.raises(DataError, match=title) as caught:
        load(tmp_path, **settings)
    assert caught.value.where


def test_places_are_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The named data directory, the folder of the configuration, the current directory; nothing else decides."""
    folders = {name: tmp_path / name for name in ("named", "beside", "here", "usual")}
    for number, folder in enumerate(folders.values()):
        folder.mkdir()
        write_arrays(folder, FEATURES + number)
    monkeypatch.chdir(folders["here"])
    monkeypatch.delenv("REPRO_APPLIANCE_DATA", raising=False)
    digests = {name: load(folder).digest() for name, folder in folders.items()}

    def find(data_dir: Path | None = None) -> str:
        digest = load(folders["beside"], data_dir).digest()
        return next(name for name, known in digests.items() if known == digest)

    assert find(folders["named"]) == "named"
    assert find() == "beside"
    monkeypatch.setenv("REPRO_APPLIANCE_DATA", str(folders["named"]))
    assert find() == "named"
    (folders["named"] / "x.npy").unlink()
    (folders["named"] / "y.npy").unlink()
    assert find() == "beside"
    for name in ("x.npy", "y.npy"):
        (folders["beside"] / name).unlink()
    assert find() == "here"
    (folders["here"] / "x.npy").unlink()
    with pytest.raises(DataError, match="missing") as caught:
        find()
    assert all(str(folders[name]) in str(caught.value.where) for name in ("named", "beside"))


@pytest.mark.parametrize("name", ["x" * 400, "a/" * 200 + "x", "x.npy/y"])
def test_names_that_cannot_exist_are_missing(name: str, tmp_path: Path) -> None:
    """A name that the system refuses, and a file in the place of a folder, are missing files."""
    write_arrays(tmp_path)
    with pytest.raises(DataError, match="missing"):
        load(tmp_path, arrays={"features": name, "labels": "y.npy"})


def test_remedies_speak_of_own_files(tmp_path: Path) -> None:
    """No failed control of one's own data advises to download published files."""
    write_arrays(tmp_path, FEATURES[:20], LABELS[:20] * 2)
    remedies = {result.remedy for result in inspect(tmp_path).results if result.status != "pass"}
    assert remedies == {"correct the files, or the settings of the data"}


@pytest.mark.checkout
def test_examples_of_the_page_are_settings(checkout: Path) -> None:
    """The examples of docs/data.md are sections that a configuration can have, one for each source."""
    page = (checkout / "docs" / "data.md").read_text(encoding="utf-8")
    page = page.partition("## Your own data")[2].partition("\n## ")[0]
    blocks = [block.text for block in read_page("data.md", page).blocks if block.language == "toml"]
    found = [parse_toml(block.encode()) for block in blocks if "[data]" in block]
    assert [make_data(None, **table["data"]).source for table in found] == ["arrays", "csv", "images"]
