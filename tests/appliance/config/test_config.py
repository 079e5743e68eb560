"""Configurations: everything that ships loads, everything wrong gets one clear error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.config import list_configs, load_config, make_stack, parse_settings
from appliance.errors import ConfigurationError
from support.edits import swap

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
schema = "repro-appliance/config/1"
name = "mine"
seed = 3
precision = "f32"
data = { source = "synthetic", train_samples = 64, test_samples = 16 }
model = { layers = [784, 8, 10] }
training = { epochs = 1, batch_size = 16 }
optimizer = { name = "sgd", learning_rate = 0.1 }
"""


def test_the_named_configurations_ship() -> None:
    """The names of the interface are there, and each loads under its own name."""
    names = list_configs()
    assert {"smoke", "baseline", "baseline-f64", "mnist-mlp", "fashion-mlp", "wide"} <= set(names)
    for name in names:
        assert load_config(name).name == name


def test_settings_read_back() -> None:
    """The settings of a configuration describe exactly it."""
    for name in list_configs():
        config = load_config(name)
        assert parse_settings(config.settings(), where="test") == config


def test_a_directory_is_listed_only_where_there_is_one() -> None:
    """Settings without a directory are spelt as they were before there was one, so that their digest stays."""
    config = load_config("smoke")
    assert set(config.settings()["data"]) == {"source", "train_samples", "test_samples"}
    stored = attrs.evolve(config, data=attrs.evolve(config.data, source="stored", directory="mine"))
    assert stored.settings()["data"]["directory"] == "mine"
    assert parse_settings(stored.settings(), where="test") == stored


def test_a_file_of_the_user_loads(tmp_path: Path) -> None:
    """A path that ends in .toml is read from there."""
    path = tmp_path / "other.toml"
    path.write_text(GOOD)
    assert load_config(str(path)).name == "mine"
    assert load_config(str(path), seed=9).seed == 9


def test_every_setting_reaches_the_digest() -> None:
    """Changing any one value changes the digest, down to one ulp of the learning rate."""
    config = load_config("smoke")
    changed = [
        attrs.evolve(config, seed=2),
        attrs.evolve(config, precision="f64"),
        attrs.evolve(config, model=make_stack(784, 17, 10)),
        attrs.evolve(config, training=attrs.evolve(config.training, epochs=3)),
        attrs.evolve(config, optimizer=attrs.evolve(config.optimizer, learning_rate=0.1 + 2**-56)),
        attrs.evolve(config, data=attrs.evolve(config.data, train_samples=257)),
        attrs.evolve(config, data=attrs.evolve(config.data, source="stored", directory="one")),
        attrs.evolve(config, data=attrs.evolve(config.data, source="stored", directory="two")),
    ]
    digests = {config.digest(), *(other.digest() for other in changed)}
    assert len(digests) == len(changed) + 1


@pytest.mark.parametrize(
    ("find", "replace", "says"),
    [
        ("seed = 3", "", "seed"),
        ("seed = 3", "seed = -1", "seed"),
        ("seed = 3", "seed = true", "seed"),
        ("seed = 3", 'seed = "3"', "seed"),
        ("seed = 3", "seed = 3\nspeed = 4", "speed"),
        ("f32", "f16", "precision"),
        ("learning_rate = 0.1", "learning_rate = -0.1", "learning_rate"),
        ("learning_rate = 0.1", "learning_rate = nan", "learning_rate"),
        ("batch_size = 16", "batch_size = 0", "batch_size"),
        ("batch_size = 16", "batch_size = 65537", "batch_size"),
        ('"synthetic"', '"stored"', "directory"),
        ('"synthetic"', '"synthetic", directory = "mine"', "directory"),
        ('"synthetic"', '"stored", directory = "../mine"', "directory"),
        ('"synthetic"', '"stored", directory = "mine\\n"', "directory"),
        ('"synthetic"', '"stored", directory = 1', "directory"),
        ("[784, 8, 10]", "[784, 0, 10]", "layers"),
        ("[784, 8, 10]", "[784]", "layers"),
        ("[784, 8, 10]", "[784, 4611686018427387904, 10]", "layers"),
        ("[784, 8, 10]", "[784, 1000000, 1000000]", "parameters"),
        ("[784, 8, 10]", "[4611686018427387904, 8, 10]", "layers"),
        ("[784, 8, 10]", '[{ kind = "dense", units = 4611686018427387904 }]', "units"),
        ("[784, 8, 10]", "[{ kind = [], units = 4 }]", "layers"),
        ("[784, 8, 10]", "[" + "8, " * 2000 + "10]", "cannot be read"),
        ("[784, 8, 10]", "[" + "8,\n " * 2000 + "10]", "layers"),
        ("[784, 8, 10]", "[" * 100_000, "cannot be read"),
        ("[784, 8, 10]", "[784, " + "9" * 5000 + "]", "cannot be read"),
        ("train_samples = 64", "train_samples = 1" + "0" * 30, "64 bits"),
        ("train_samples = 64", "train_samples = 4294967296", "train_samples"),
        ("epochs = 1", "epochs = 1000000000", "epochs"),
        ('"mine"', '"' + "m" * 1000 + '"', "cannot be read"),
        ('"mine"', '"' + "m" * 200 + '"', "name"),
        ('"mine"', '"m\\u0000"', "cannot be read"),
        ("seed = 3", "seed = 1979-05-27", "seed"),
        ("epochs = 1", "epochs = " + ".".join(["a"] * 50_000), "cannot be read"),
        ("train_samples = 64, ", "", "train_samples"),
        ("config/1", "config/2", "schema"),
        ("[784", "[784,,", "cannot be read"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, find: str, replace: str, says: str) -> None:
    """Each mistake is refused with the setting's name."""
    path = tmp_path / "wrong.toml"
    assert find in GOOD
    path.write_text(swap(GOOD, find, replace))
    with pytest.raises(ConfigurationError) as caught:
        load_config(str(path))
    assert says in str(caught.value)


def test_a_file_is_named_by_its_path_or_its_text(tmp_path: Path) -> None:
    """Both are the same configuration."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    assert load_config(path) == load_config(str(path))


def test_a_file_that_is_no_toml_says_what_to_do(tmp_path: Path) -> None:
    """A text without quotes is a frequent mistake."""
    (tmp_path / "wrong.toml").write_text(swap(GOOD, '"mine"', "mine"))
    with pytest.raises(ConfigurationError, match="cannot be read") as caught:
        load_config(str(tmp_path / "wrong.toml"))
    assert "texts stand between quotes" in str(caught.value.remedy)


def test_unknown_names_and_missing_files_are_refused(tmp_path: Path) -> None:
    """The error lists the names there are."""
    with pytest.raises(ConfigurationError, match="baseline"):
        load_config("no-such")
    with pytest.raises(ConfigurationError):
        load_config(str(tmp_path / "none.toml"))
