"""The reference page and the template: made from the schema, complete, and true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.config import list_configs, load_config
from appliance.config.keys import list_sections
from appliance.config.overrides import apply_overrides
from appliance.config.reference import render_page
from appliance.config.template import write_template
from appliance.errors import ConfigurationError
from support.edits import swap
from verify.errors import ApplianceError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.checkout
def test_page_is_what_the_schema_says(checkout: Path) -> None:
    """`make reference` was run after the last change."""
    assert (checkout / "docs" / "configuration.md").read_text(encoding="utf-8") == render_page()


def test_every_key_is_explained() -> None:
    """No key without its meaning and its limits, and every key of a file that ships has a row."""
    keys = [key for section in list_sections() for key in section.keys]
    assert [key.name for key in keys if not key.meaning or "another value" in key.allowed] == []
    known = {key.name for key in keys}
    for name in list_configs():
        settings = load_config(name).settings()
        for section, value in settings.items():
            assert section in known or isinstance(value, dict)
            assert not isinstance(value, dict) or set(value) <= known


def test_template_is_a_configuration(tmp_path: Path) -> None:
    """It loads, has the name of its file, and explains every key; it is not longer than a terminal is wide."""
    path = tmp_path / "mine.toml"
    assert write_template(path) == "mine"
    config = load_config(str(path))
    assert (config.name, config.training) == ("mine", load_config("baseline").training)
    text = path.read_text(encoding="utf-8")
    for section in list_sections():
        for key in section.keys:
            assert f"{key.name} = " in text
    assert load_config(str(path)).settings() == {**load_config("baseline").settings(), "name": "mine"}


@pytest.mark.parametrize("name", ["mine.json", "Mine.toml", "a b.toml", "nowhere/mine.toml"])
def test_unusable_path_is_refused(tmp_path: Path, name: str) -> None:
    """Only a file that could be loaded afterwards is written."""
    with pytest.raises(ApplianceError):
        write_template(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A file, a directory and a link to nowhere stay as they are."""
    (tmp_path / "file.toml").write_text("mine")
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "link.toml").symlink_to(tmp_path / "target.toml")
    for name in ("file", "folder", "link"):
        with pytest.raises(ApplianceError, match="exists already"):
            write_template(tmp_path / f"{name}.toml")
    assert (tmp_path / "file.toml").read_text() == "mine"
    assert not (tmp_path / "target.toml").exists()


def test_overrides_replace_values() -> None:
    """A dotted key, a value of TOML, a word without quotes; the file's settings stay."""
    config = load_config(
        "smoke",
        overrides=[
            "training.epochs = 4",
            "optimizer.name=adam",
            'precision="f64"',
            "model.layers=[784, 8, 10]",
        ],
    )
    assert (config.training.epochs, config.optimizer.tag, config.precision) == (4, "adam", "f64")
    assert config.settings()["model"] == {"layers": [784, 8, 10]}
    assert load_config("smoke").training.epochs == 2
    assert load_config("smoke", overrides=["training.epochs=2"]).digest() == load_config("smoke").digest()
    assert apply_overrides({}, ["a.b=1"]) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("training.epochs", "KEY=VALUE"),
        ("=3", "KEY=VALUE"),
        ("training..epochs=3", "KEY=VALUE"),
        ("training.epochs=", "TOML"),
        ("training.epochs=3 4", "TOML"),
        ("training.epochs=3\nseed=4", "one value"),
        ("training.epochs=[" + "[" * 1000, "TOML"),
        ("seed.epochs=3", "no table"),
        ("training.epoch=3", "training.epoch"),
        ("training.epochs=many", "training.epochs"),
        ("name=Other", "name"),
    ],
)
def test_wrong_overrides_are_named(override: str, says: str) -> None:
    """What is no setting, no value, or no key of the schema; the option is the place, not the file."""
    with pytest.raises(ConfigurationError) as caught:
        load_config("smoke", overrides=["data.test_samples=128", override])
    assert says in str(caught.value)
    assert str(caught.value.where).startswith("--set")
    assert "smoke.toml" not in str(caught.value)


@pytest.mark.parametrize(
    ("override", "other"),
    [
        ("epochs=2", "training.epochs"),
        ("learning_rate=0.2", "optimizer.learning_rate"),
        ("beta1=0.8", "optimizer.beta1"),
        ("model.seed=2", "seed"),
        ("training.epoch=2", "training.epochs"),
    ],
)
def test_key_of_another_section_is_suggested(override: str, other: str) -> None:
    """Where a key is known in another section, or nearly in this one, its path is told."""
    with pytest.raises(ConfigurationError) as caught:
        load_config("smoke", overrides=[override])
    assert caught.value.expected == f"another key: {other}"
    assert caught.value.where == f"--set {override}"


def test_every_option_with_a_mistake_is_named() -> None:
    """Several mistakes: each row names the option that made it; one of the file names its key."""
    with pytest.raises(ConfigurationError) as caught:
        load_config("smoke", seed=-1, overrides=["training.epochs=0", "optimizer.name=sdg"])
    found = caught.value.found
    assert isinstance(found, list)
    assert sorted(text.partition(": ")[0] for text in found) == [
        "--seed -1",
        "--set optimizer.name=sdg",
        "--set training.epochs=0",
    ]
    with pytest.raises(ConfigurationError) as caught:
        load_config("smoke", overrides=["training.batch_size=65537"])
    assert caught.value.where == "--set training.batch_size=65537"


def test_key_that_is_set_twice_is_a_mistake() -> None:
    """Neither of two values is taken silently."""
    with pytest.raises(ConfigurationError, match="set twice") as caught:
        load_config("smoke", overrides=["training.epochs=3", "seed=1", "training.epochs = 4"])
    assert caught.value.found == ["training.epochs=3", "training.epochs = 4"]


def test_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    """As an editor on Windows writes it."""
    path = tmp_path / "mine.toml"
    write_template(path)
    path.write_bytes(b"\xef\xbb\xbf" + swap(path.read_bytes(), b"\n", b"\r\n"))
    assert load_config(str(path)).name == "mine"
