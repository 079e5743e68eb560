"""Settings of data of one's own: read with their sections, written back, and refused where they do not fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from appliance.config import load_config, parse_settings
from appliance.config.template import write_template
from appliance.errors import ConfigurationError
from verify.files.settings import digest_settings, format_settings
from verify.files.toml import parse_toml

if TYPE_CHECKING:
    from pathlib import Path

CSV: dict[str, Any] = {
    "source": "csv",
    "csv": {
        "path": "tables/iris.csv",
        "columns": [
            {"name": "sepal *"},
            {"name": "species", "type": "category", "role": "target", "values": ["setosa", "virginica", "ä\u2028"]},
            {"name": "note", "role": "ignore"},
        ],
    },
    "split": {"test_fraction": 0.2, "order": "stored"},
    "controls": {"sample_shape": [4], "classes": 3, "minimum": 0.0, "digest": "sha256:" + "0" * 64},
    "standardize": "feature",
}
ARRAYS: dict[str, Any] = {"source": "arrays", "arrays": {"features": "x.npy", "labels": "mine.npz:a/b"}}
IMAGES: dict[str, Any] = {"source": "images", "images": {"train_path": "train", "test_path": "test"}}
SPLIT = {"test_samples": 10}


def make_settings(data: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of `smoke` with other data."""
    return {**load_config("smoke").settings(), "data": data}


def write_lines(folder: Path, data: dict[str, Any]) -> str:
    """Write a configuration with these data; return its path."""
    path = folder / "mine.toml"
    path.write_text(format_settings({**make_settings(data), "name": "mine"}), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("data", [CSV, {**ARRAYS, "split": SPLIT}, IMAGES])
def test_settings_are_written_as_they_are_read(data: dict[str, Any], tmp_path: Path) -> None:
    """What a file says is what the settings of its configuration say, and config.toml holds the same."""
    settings = make_settings(data)
    config = parse_settings(settings, where="a test")
    assert {**config.settings()["data"], "train_samples": 0, "test_samples": 0} == {
        **data,
        "train_samples": 0,
        "test_samples": 0,
    }
    text = format_settings(config.settings())
    assert parse_toml(text.encode()) == config.settings()
    assert digest_settings(text.encode(), config.settings()) == config.digest()
    assert load_config(write_lines(tmp_path, data)).data == config.data


def test_many_columns_fit_into_a_file(tmp_path: Path) -> None:
    """No line of config.toml is longer than its reader accepts, however many columns a table has."""
    columns: list[dict[str, Any]] = [{"name": f"column number {number}"} for number in range(300)]
    values = [f"text {number}" for number in range(300)]
    columns.append({"name": "target", "role": "target", "type": "category", "values": values})
    data = {"source": "csv", "csv": {"path": "a.csv", "columns": columns}, "split": SPLIT}
    found = load_config(write_lines(tmp_path, data)).data.csv
    assert found is not None
    assert len(found.columns) == 301


def test_the_place_of_a_configuration_is_no_setting(tmp_path: Path) -> None:
    """The folder is known after loading, but neither compared, nor hashed, nor shown."""
    (tmp_path / "other").mkdir()
    first = load_config(write_lines(tmp_path, IMAGES))
    second = load_config(write_lines(tmp_path / "other", IMAGES))
    assert (first.data.folder, second.data.folder) == (tmp_path, tmp_path / "other")
    assert first == second
    assert first.digest() == second.digest()
    assert str(tmp_path) not in repr(first) + str(first.settings())
    assert load_config("smoke").data.folder is None


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({**CSV, "csv": {**CSV["csv"], "path": "/etc/passwd"}}, "data.csv.path"),
        ({**CSV, "csv": {**CSV["csv"], "path": "../mine.csv"}}, "data.csv.path"),
        ({**CSV, "csv": {**CSV["csv"], "path": "C:/mine.csv"}}, "data.csv.path"),
        ({**CSV, "csv": {**CSV["csv"], "path": "a\\b.csv"}}, "data.csv.path"),
        ({**CSV, "csv": {**CSV["csv"], "train_path": "b.csv"}}, "data.csv"),
        ({**CSV, "csv": {**CSV["csv"], "path": ""}}, "data.csv"),
        ({**CSV, "csv": {**CSV["csv"], "columns": [{"name": "a"}]}}, "data.csv"),
        ({**CSV, "csv": {**CSV["csv"], "columns": []}}, "data.csv"),
        ({**CSV, "csv": {**CSV["csv"], "columns": {"name": "a"}}}, "data.csv.columns"),
        ({**CSV, "csv": {**CSV["csv"], "columns": [{"name": "a", "type": "text"}]}}, "data.csv.columns[0].type"),
        ({**CSV, "csv": {**CSV["csv"], "columns": [{"name": "a", "values": ["x"]}]}}, "data.csv.columns[0]"),
        ({**CSV, "csv": {**CSV["csv"], "columns": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}}, "data.csv"),
        ({**CSV, "split": {}}, "data.split"),
        ({**CSV, "split": {"test_fraction": 0.5, "test_samples": 5}}, "data.split"),
        ({**CSV, "split": {"test_fraction": 1.0}}, "data.split.test_fraction"),
        ({**CSV, "split": 0.2}, "data.split"),
        ({**CSV, "controls": {"digest": "sha256:0"}}, "data.controls.digest"),
        ({**CSV, "controls": {"minimum": True}}, "data.controls.minimum"),
        ({**CSV, "controls": {"sample_shape": [0]}}, "data.controls.sample_shape"),
        ({**CSV, "shape": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, "data.shape"),
        ({**CSV, "folder": "/home"}, "data.folder"),
        ({**ARRAYS, "arrays": {"features": "x.npy"}}, "data.arrays"),
        ({**ARRAYS, "arrays": {"features": "x.npy", "labels": "y.npy", "test_labels": "z.npy"}}, "data.arrays"),
    ],
)
def test_settings_out_of_range_are_refused(data: dict[str, Any], path: str) -> None:
    """Every mistake is one error that names the key."""
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(make_settings(data), where="a test")
    assert caught.value.where == f"a test, {path}"


@pytest.mark.parametrize(
    ("data", "title"),
    [
        (ARRAYS, "need a split"),
        ({**IMAGES, "split": SPLIT}, "need a split"),
        ({**IMAGES, "source": "csv"}, "2 mistakes"),
        ({"source": "csv"}, "needs its own section"),
        ({"source": "mnist", "split": SPLIT}, "no effect"),
        ({"source": "mnist", "read_as": "tokens"}, "no effect"),
        ({"source": "regression"}, "needs its sizes"),
        ({**ARRAYS, "split": SPLIT, "read_as": "tokens", "standardize": "all"}, "tokens are not standardised"),
    ],
)
def test_sections_that_do_not_fit_together_are_refused(data: dict[str, Any], title: str) -> None:
    """A source has its own section and no other; samples in one place are split."""
    with pytest.raises(ConfigurationError, match=title):
        parse_settings(make_settings(data), where="a test")


def test_a_mistyped_key_is_found_in_a_section_inside_data() -> None:
    """A key of an inner section that stands elsewhere is told with its path."""
    with pytest.raises(ConfigurationError) as caught:
        load_config("smoke", overrides=["data.test_fraction=0.2"])
    assert caught.value.expected == "another key: data.split.test_fraction"


def test_a_template_of_own_data_is_a_configuration(tmp_path: Path) -> None:
    """`config new --from` a configuration with own data keeps its sections and leaves the others as comments."""
    example = write_lines(tmp_path, {**ARRAYS, "split": SPLIT})
    write_template(tmp_path / "copy.toml", example)
    found = load_config(str(tmp_path / "copy.toml"))
    assert found.data == load_config(example).data
    lines = (tmp_path / "copy.toml").read_text(encoding="utf-8").splitlines()
    assert "[data.arrays]" in lines
    assert "# [data.csv]" in lines
