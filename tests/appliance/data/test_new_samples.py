"""New samples for a trained network are made as those of its data set were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from appliance.data import MemoryRows, load_dataset
from appliance.data.inputs import describe_inputs, read_preparation
from appliance.data.new_samples import read_new_samples
from appliance.errors import DataError
from support.own_data import BYTES, COUNT, FEATURES, LABELS, SPLIT, make_data, write_csv, write_table
from verify.files.inputs import Inputs
from verify.files.structure import structure, to_json

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config.schema import DataConfig
    from appliance.data import Dataset
    from appliance.data.preparation import Preparation

COLUMNS = [
    {"name": "x*"},
    {"name": "colour", "type": "category"},
    {"name": "y", "role": "target", "type": "category"},
    {"name": "note", "role": "ignore"},
]


def load(folder: Path, **data: object) -> tuple[DataConfig, Dataset, Preparation]:
    """Return settings with their data set and how it was made, as it comes back from a file."""
    given = {"split": {"test_samples": 15, "order": "stored"}, **data}
    settings = make_data(folder, **{name: value for name, value in given.items() if value is not None})
    dataset = load_dataset(settings, 0)
    assert dataset.preparation
    written = to_json(describe_inputs(dataset))
    return settings, dataset, read_preparation(structure(written, Inputs))


def require_test_part(settings: DataConfig, dataset: Dataset, preparation: Preparation, reference: Path | str) -> None:
    """Assert that new samples, which are those of the test part, become its features, bit for bit."""
    found = read_new_samples(settings, str(reference), preparation).read()
    expected = dataset.test_features.read()
    assert found.dtype == expected.dtype
    assert found.tobytes() == expected.tobytes()


@pytest.mark.parametrize("standardize", ["none", "feature", "all"])
@pytest.mark.parametrize("features", [FEATURES, FEATURES.astype(np.float64) / 3, BYTES, BYTES.astype(np.int64)])
def test_new_arrays(features: Any, standardize: str, tmp_path: Path) -> None:  # noqa: ANN401
    """Arrays of any type become what the samples of the data set were: bytes, numbers, scaled or not."""
    np.savez(tmp_path / "mine.npz", x=features, y=LABELS, new=features[45:])
    np.save(tmp_path / "new.npy", features[45:])
    arrays = {"features": "mine.npz:x", "labels": "mine.npz:y"}
    found = load(tmp_path, source="arrays", arrays=arrays, standardize=standardize)
    require_test_part(*found, tmp_path / "new.npy")
    require_test_part(*found, f"{tmp_path / 'mine.npz'}:new")


def test_new_rows_of_a_table(tmp_path: Path) -> None:
    """A table without targets and without unused columns, with fewer texts than the training table."""
    texts, names = np.array(["red", "green", "blue"])[LABELS].tolist(), np.array(["b", "a", "c"])[LABELS].tolist()
    header = [*(f"x{number}" for number in range(6)), "colour"]
    rows = [[*map(repr, row), text] for row, text in zip(FEATURES.tolist(), texts, strict=True)]
    labelled = [[*row, name, "-"] for row, name in zip(rows, names, strict=True)]
    write_csv(tmp_path / "mine.csv", [[*header, "y", "note"], *labelled])
    csv = {"path": "mine.csv", "columns": COLUMNS}
    settings, dataset, preparation = load(tmp_path, source="csv", csv=csv, standardize="feature")
    assert preparation.categories == {"colour": ("blue", "green", "red"), "y": ("a", "b", "c")}
    for new in ([header, *rows[45:]], [["note", *header], *(["-", *row] for row in rows[45:])]):
        write_csv(tmp_path / "new.csv", new)
        require_test_part(settings, dataset, preparation, tmp_path / "new.csv")
    write_csv(tmp_path / "new.csv", [header, [*rows[0][:-1], "pink"]])
    with pytest.raises(DataError, match="its category does not have"):
        read_new_samples(settings, str(tmp_path / "new.csv"), preparation)
    write_csv(tmp_path / "new.csv", [header[1:], rows[0][1:]])
    with pytest.raises(DataError, match="others than those of the training"):
        read_new_samples(settings, str(tmp_path / "new.csv"), preparation)


def test_new_images(tmp_path: Path) -> None:
    """Images that lie in one folder, without folders of classes."""
    values = np.resize(BYTES, (COUNT, 3, 4))
    for number, image in enumerate(values):
        for folder in [tmp_path / "train" / "ab"[number % 2], tmp_path / "test" / "a", tmp_path / "new"]:
            folder.mkdir(parents=True, exist_ok=True)
            if "train" in str(folder.relative_to(tmp_path)) or number >= 45:
                Image.fromarray(image).save(folder / f"{number:02d}.png")
    images = {"train_path": "train", "test_path": "test"}
    found = load(tmp_path, source="images", images=images, split=None, standardize="channel")
    require_test_part(*found, tmp_path / "new")


def test_new_samples_that_do_not_fit(tmp_path: Path) -> None:
    """Another number of values, a value out of range, floats for bytes, NaN, and a missing file are refused."""
    np.savez(tmp_path / "mine.npz", x=BYTES, f=FEATURES, y=LABELS)
    settings, _, preparation = load(
        tmp_path, source="arrays", arrays={"features": "mine.npz:x", "labels": "mine.npz:y"}
    )
    spoiled = np.array(FEATURES)
    spoiled[3, 2] = np.nan
    for values, title in (
        (BYTES[:, :5], "others than those of the training"),
        (BYTES.astype(np.int32) + 100, "D011"),
        (FEATURES, "others than those of the training"),
    ):
        np.save(tmp_path / "new.npy", values)
        with pytest.raises(DataError, match=title):
            read_new_samples(settings, str(tmp_path / "new.npy"), preparation)
    _, _, floats = load(tmp_path, source="arrays", arrays={"features": "mine.npz:f", "labels": "mine.npz:y"})
    with pytest.raises(DataError, match="D010"):
        floats.prepare(MemoryRows(spoiled), "new")
    with pytest.raises(DataError, match="missing"):
        read_new_samples(settings, "nowhere.npy", preparation)


def test_outputs_in_the_units_of_the_targets(tmp_path: Path) -> None:
    """What a network that was trained on scaled targets gives is brought back to their scale."""
    targets = LABELS * 5.0 + 100
    write_table(tmp_path / "mine.csv", labels=targets)
    columns = [{"name": "x*"}, {"name": "y", "role": "target"}]
    csv = {"path": "mine.csv", "columns": columns}
    _, dataset, preparation = load(tmp_path, source="csv", csv=csv, split=SPLIT, standardize_targets=True)
    restored = preparation.restore_targets(dataset.test_labels)
    assert sorted(set(np.round(restored, 5).flat)) == [100, 105, 110]
    _, _, plain = load(tmp_path, source="csv", csv=csv, split=SPLIT)
    assert np.array_equal(plain.restore_targets(dataset.test_labels), dataset.test_labels)
    with pytest.raises(DataError, match="no targets to standardise"):
        load(tmp_path, source="csv", csv=csv, labels_as="classes", classes=200, standardize_targets=True)


def test_generated_data_say_how_they_were_made() -> None:
    """Published and generated data have a preparation too; theirs only states type and shape."""
    settings = make_data(None, source="synthetic", train_samples=20, test_samples=10)
    found = describe_inputs(load_dataset(settings, 0))
    assert to_json(found) == {"shape": [28, 28], "dtype": "uint8", "classes": 10, "targets": 0}
