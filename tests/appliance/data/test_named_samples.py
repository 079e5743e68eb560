"""New samples by name or path: every kind of file gives the rows of the array that it holds."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.data import load_dataset
from appliance.data.inputs import describe_inputs, read_preparation
from appliance.data.named_samples import find_samples
from appliance.errors import DataError
from support.own_data import BYTES, FEATURES, LABELS, SPLIT, make_data, write_csv, write_table
from verify.files.inputs import Inputs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig

NUMBERS = Inputs(shape=(6,), dtype="float32", classes=3, targets=0)
SMALL_IMAGES = Inputs(shape=(2, 3), dtype="uint8", classes=3, targets=0)
COLUMNS: list[dict[str, Any]] = [{"name": "x*"}, {"name": "y", "type": "integer", "role": "target"}]


def read(path: Path, inputs: Inputs, data: DataConfig | None = None, name: str = "") -> NDArray[Any]:
    """Return the rows of a file."""
    reference = f"{path}:{name}" if name else str(path)
    return find_samples(
        reference, read_preparation(inputs), data or make_data(None, source="mnist"), 1, None
    ).rows.read()


def test_arrays_of_every_form(tmp_path: Path) -> None:
    """Files npy and npz of any float type, and IDX files with and without gzip."""
    np.save(tmp_path / "x.npy", FEATURES.astype(np.float64))
    np.savez(tmp_path / "one.npz", some=FEATURES)
    np.savez(tmp_path / "two.npz", a=FEATURES, b=LABELS)
    header = bytes([0, 0, 8, 3]) + b"".join(size.to_bytes(4, "big") for size in (60, 2, 3))
    (tmp_path / "x-idx3-ubyte").write_bytes(header + BYTES.tobytes())
    (tmp_path / "x-idx3-ubyte.gz").write_bytes(gzip.compress(header + BYTES.tobytes()))
    for found in (
        read(tmp_path / "x.npy", NUMBERS),
        read(tmp_path / "one.npz", NUMBERS),
        read(tmp_path / "two.npz", NUMBERS, name="a"),
    ):
        assert found.tobytes() == FEATURES.tobytes()
    for name in ("x-idx3-ubyte", "x-idx3-ubyte.gz"):
        assert read(tmp_path / name, SMALL_IMAGES).tobytes() == BYTES.tobytes()
    with pytest.raises(DataError, match="name one of its arrays"):
        read(tmp_path / "two.npz", NUMBERS)


def test_table_without_a_configuration_has_features_only(tmp_path: Path) -> None:
    """Every column is one, in the order of the file."""
    path = write_csv(tmp_path / "x.csv", [list("abcdef"), *(list(map(repr, row)) for row in FEATURES.tolist())])
    assert read(path, NUMBERS).tobytes() == FEATURES.tobytes()
    with pytest.raises(DataError, match="others than those of the training"):
        read(write_table(tmp_path / "with_labels.csv"), NUMBERS)


def test_table_of_a_run_with_tables_may_lack_the_target(tmp_path: Path) -> None:
    """Features are found by their names; a target is ignored."""
    data = make_data(tmp_path, source="csv", csv={"path": "mine.csv", "columns": COLUMNS}, split=SPLIT)
    rows = [list(map(repr, row)) for row in FEATURES.tolist()]
    bare = write_csv(tmp_path / "bare.csv", [[f"x{number}" for number in range(6)], *rows])
    assert read(bare, NUMBERS, data).tobytes() == FEATURES.tobytes()
    assert read(write_table(tmp_path / "mine.csv"), NUMBERS, data).tobytes() == FEATURES.tobytes()
    other = write_csv(tmp_path / "other.csv", [[f"z{number}" for number in range(6)], *rows])
    with pytest.raises(DataError, match="not in the configuration"):
        read(other, NUMBERS, data)


def test_categories_have_the_numbers_of_the_training(tmp_path: Path) -> None:
    """A new table with other texts first, or with fewer of them, is read with the training's list."""
    columns = [{"name": "color", "type": "category"}, {"name": "y", "type": "category", "role": "target"}]
    rows = [[("red", "blue", "green")[n % 3], ("no", "yes")[n % 2]] for n in range(60)]
    write_csv(tmp_path / "mine.csv", [["color", "y"], *rows])
    data = make_data(tmp_path, source="csv", csv={"path": "mine.csv", "columns": columns}, split=SPLIT)
    inputs = describe_inputs(load_dataset(data, 1))
    assert inputs.categories == {"color": ("blue", "green", "red"), "y": ("no", "yes")}
    assert inputs.class_names == ("no", "yes")
    path = write_csv(tmp_path / "new.csv", [["color"], ["red"], ["green"]])
    assert read(path, inputs, data).tolist() == [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    path = write_csv(tmp_path / "strange.csv", [["color"], ["pink"]])
    with pytest.raises(DataError, match="a text that its category does not have"):
        read(path, inputs, data)


def test_images_in_a_folder_or_alone(tmp_path: Path) -> None:
    """Plain images, images in folders of classes, and one image."""
    image = pytest.importorskip("PIL.Image")
    pictures = BYTES.reshape(60, 2, 3)[:4]
    for number, picture in enumerate(pictures):
        for place in (tmp_path / "plain" / f"{number}.png", tmp_path / "deep" / f"c{number // 2}" / f"{number}.png"):
            place.parent.mkdir(parents=True, exist_ok=True)
            image.fromarray(picture).save(place)
    for folder in ("plain", "deep"):
        assert read(tmp_path / folder, SMALL_IMAGES).tobytes() == pictures.tobytes()
    assert read(tmp_path / "plain" / "2.png", SMALL_IMAGES).tobytes() == pictures[2].tobytes()
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no images"):
        read(tmp_path / "empty", SMALL_IMAGES)
    image.fromarray(pictures[0].T.copy()).save(tmp_path / "plain" / "turned.png")
    with pytest.raises(DataError, match="images differ in shape"):
        read(tmp_path / "plain", SMALL_IMAGES)


def test_name_of_a_set_stands_for_its_test_part() -> None:
    """The run's own samples as many as it has, of others a thousand."""
    data = make_data(None, source="regression", train_samples=40, test_samples=30, standardize="feature")
    whole = load_dataset(data, 5)
    made = read_preparation(describe_inputs(whole))
    found = find_samples("regression", made, data, 5, None)
    assert found.title == "regression, test part"
    assert found.rows.read().tobytes() == whole.test_features.read().tobytes()
    images = read_preparation(attrs.evolve(SMALL_IMAGES, shape=(28, 28)))
    assert len(find_samples("synthetic", images, make_data(None, source="mnist"), 5, None).rows) == 1000
    with pytest.raises(DataError, match="others than those of the training"):
        find_samples("synthetic", made, data, 5, None)


def test_nothing_of_a_name_is_an_error_with_a_remedy() -> None:
    """It says what may be named."""
    with pytest.raises(DataError, match="there are no such samples") as caught:
        find_samples("nowhere.npy", read_preparation(NUMBERS), make_data(None, source="mnist"), 1, None)
    assert "data list" in str(caught.value)


def test_unsigned_bytes_are_no_numbers_unless_they_were(tmp_path: Path) -> None:
    """As in training: bytes as numbers only where the settings say so."""
    np.save(tmp_path / "x.npy", BYTES)
    with pytest.raises(DataError, match="others than those of the training"):
        read(tmp_path / "x.npy", NUMBERS)
    data = make_data(tmp_path, source="arrays", read_as="numbers", split=SPLIT,
                     arrays={"features": "x.npy", "labels": "y.npy"})  # fmt: skip
    assert read(tmp_path / "x.npy", NUMBERS, data).tolist() == BYTES.astype(np.float32).tolist()
