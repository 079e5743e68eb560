"""The commands of `config`, --set, and the two ways to name a configuration."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from appliance.config import list_configs, load_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.fake_training import FakeTraining


def test_list_has_every_name(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """Each configuration with what it is, within 80 columns."""
    assert call("config", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list_configs()
    assert max(map(len, lines)) <= 80
    assert call("config", "list", "--json") == 0
    body = json.loads(capsys.readouterr().out)
    assert {row["name"]: row["config_digest"] for row in body["configs"]} == {
        name: load_config(name).digest() for name in list_configs()
    }
    assert all(row["about"].endswith((".", "data fetch mnist", "data fetch fashion-mnist")) for row in body["configs"])


def test_show_prints_settings_that_load(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text is a configuration of the same digest; --set is in it."""
    assert call("config", "show", "smoke", "--set", "training.epochs=7") == 0
    text = capsys.readouterr().out
    (tmp_path / "smoke.toml").write_text(text)
    config = load_config(str(tmp_path / "smoke.toml"))
    assert config.training.epochs == tomllib.loads(text)["training"]["epochs"] == 7
    assert text.startswith(f"# {config.digest()}\n")
    assert call("config", "show", "smoke", "--json") == 0
    assert json.loads(capsys.readouterr().out)["settings"] == load_config("smoke").settings()


def test_new_file_says_what_to_do_next(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is there, the next command is printed, and a second time is refused."""
    path = tmp_path / "mine.toml"
    assert call("config", "new", path) == 0
    assert f"repro-appliance train {path}" in capsys.readouterr().out
    assert call("config", "show", path) == 0
    capsys.readouterr()
    assert call("config", "new", path, "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["title"] == "the configuration exists already"


@pytest.mark.parametrize("name", list_configs())
def test_new_file_may_begin_with_another(call: Callable[..., int], tmp_path: Path, name: str) -> None:
    """--from NAME gives the settings of that configuration under another name, whatever optimizer it has."""
    path = tmp_path / "mine.toml"
    assert call("config", "new", path, "--from", name) == 0
    assert load_config(str(path)).settings() == {**load_config(name).settings(), "name": "mine"}
    again = tmp_path / "again.toml"
    assert call("config", "new", again, "--from", path) == 0
    assert load_config(str(again)).settings() == {**load_config(name).settings(), "name": "again"}


def test_settings_without_effect_are_not_shown(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys of other optimizers cannot be changed, so that the text leaves them out; it has the same digest."""
    assert call("config", "show", "baseline") == 0
    text = capsys.readouterr().out
    assert set(tomllib.loads(text)["optimizer"]) == {"name", "learning_rate", "schedule"}
    (tmp_path / "baseline.toml").write_text(text)
    assert load_config(str(tmp_path / "baseline.toml")).digest() == load_config("baseline").digest()
    assert call("config", "show", "adam") == 0
    assert {"beta1", "beta2", "epsilon"} < set(tomllib.loads(capsys.readouterr().out)["optimizer"])


@pytest.mark.parametrize("words", [("smoke",), ("--config", "smoke"), ("smoke", "--config", "smoke")])
def test_both_forms_name_a_configuration(
    call: Callable[..., int],
    training: FakeTraining,
    words: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`train NAME` and `verify --config NAME` work as `train --config NAME` and `verify NAME` do."""
    assert call("train", *words, "--out", tmp_path / "run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["config"] == "smoke"
    call("verify", *words)
    assert [name for name, _ in training.calls] == ["smoke"]


def test_two_names_are_a_mistake(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is chosen silently."""
    assert call("train", "smoke", "--config", "baseline") == 2
    assert "two configurations are named" in capsys.readouterr().err


def test_set_reaches_training_and_benchmark(
    call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run has the digest of the changed settings."""
    digest = load_config("smoke", overrides=["training.epochs=1"]).digest()
    assert call("train", "smoke", "--set", "training.epochs=1", "--out", tmp_path / "run", "--json") == 0
    assert json.loads(capsys.readouterr().out)["config_digest"] == digest
    assert call("benchmark", "smoke", "--set", "training.epochs=1", "--repeats", 2, "--json") == 0
    assert json.loads(capsys.readouterr().out)["config_digest"] == digest
