"""The verify command with the goldens that ship: a change of one bit fails."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.config import loading
from appliance.data import load_dataset
from appliance.layers.builder import Builder
from appliance.training import execute
from support.edits import swap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.config import DataConfig
    from appliance.data import Dataset
    from support.run_program import RunProgram

    VerifySmoke = Callable[[], tuple[int, dict[str, Any]]]

pytestmark = pytest.mark.slow


@pytest.fixture
def verify_smoke(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> VerifySmoke:
    """Return a function that runs `verify smoke` in this process and returns exit code and JSON."""

    def run() -> tuple[int, dict[str, Any]]:
        code = call("verify", "smoke", "--json")
        return code, json.loads(capsys.readouterr().out)

    return run


def list_failures(body: dict[str, Any]) -> set[str]:
    """Return the ids of the checks that failed."""
    return {check["id"] for check in body["checks"] if check["status"] == "fail"}


def test_verify_agrees_as_things_are(verify_smoke: VerifySmoke) -> None:
    """Without interference the verdict is identical, exit code 0."""
    code, body = verify_smoke()
    assert (code, body["verdict"]) == (0, "identical")
    assert list_failures(body) == set()


@pytest.mark.parametrize("bit", [0, 22, 31])
def test_one_bit_of_one_weight_is_different(
    monkeypatch: pytest.MonkeyPatch, verify_smoke: VerifySmoke, bit: int
) -> None:
    """Lowest, highest or sign bit of one of 12,544 initial weights: exit code 1 from the stage where it was set."""
    real = Builder.draw_weight

    def flip(builder: Builder, fan_in: int, width: int) -> NDArray[np.floating[Any]]:
        weight = real(builder, fan_in, width)
        if builder._drawn == 1:
            weight.view(np.uint32)[400, 3] ^= np.uint32(1 << bit)
        return weight

    monkeypatch.setattr(Builder, "draw_weight", flip)
    code, body = verify_smoke()
    assert (code, body["verdict"]) == (1, "different")
    assert {"V004", "V009"} <= list_failures(body)
    assert "V003" not in list_failures(body)


def test_one_bit_of_one_label_is_different(monkeypatch: pytest.MonkeyPatch, verify_smoke: VerifySmoke) -> None:
    """One changed label among 256: exit code 1, and the data is named."""

    def flip(data: DataConfig, seed: int, data_dir: Path | None) -> Dataset:
        dataset = load_dataset(data, seed, data_dir)
        labels = dataset.train_labels.copy()
        labels[17] ^= 1
        return attrs.evolve(dataset, train_labels=labels)

    monkeypatch.setattr(execute, "load_dataset", flip)
    code, body = verify_smoke()
    assert (code, body["verdict"]) == (1, "different")
    assert {"V003", "V009"} <= list_failures(body)


def test_one_ulp_of_the_learning_rate_is_different(
    monkeypatch: pytest.MonkeyPatch, verify_smoke: VerifySmoke, tmp_path: Path
) -> None:
    """A learning rate one float64 ulp away, which float32 rounds back, is still another configuration."""
    configs = tmp_path / "configs"
    shutil.copytree(loading.find_config_directory(), configs)
    path = configs / "smoke.toml"
    rate = repr(float(np.nextafter(0.1, 1.0)))
    path.write_text(swap(path.read_text(), "learning_rate = 0.1", f"learning_rate = {rate}"))
    monkeypatch.setattr(loading, "find_config_directory", lambda: configs)
    code, body = verify_smoke()
    assert (code, body["verdict"]) == (1, "different")
    assert "V002" in list_failures(body)


def test_the_quick_set_runs_as_a_command(run_program: RunProgram) -> None:
    """`verify --json` names the three quick configurations, all identical."""
    outcome = run_program("verify", "--json")
    assert outcome.code == 0
    assert [golden["config"] for golden in outcome.body["goldens"]] == ["smoke", "baseline", "baseline-f64"]
    assert {golden["verdict"] for golden in outcome.body["goldens"]} == {"identical"}


def test_a_configuration_without_golden_cannot_be_judged(run_program: RunProgram, tmp_path: Path) -> None:
    """A configuration of the user has no golden: exit code 3, which is not a success."""
    text = swap((loading.find_config_directory() / "smoke.toml").read_text(), '"smoke"', '"mine"')
    (tmp_path / "mine.toml").write_text(text)
    assert run_program("verify", "mine.toml").code == 3


@pytest.mark.parametrize(
    "words", [("train", "--config", "mnist-mlp"), ("verify", "mnist-mlp"), ("benchmark", "--config", "mnist-mlp")]
)
def test_missing_data_is_an_error_in_every_command(run_program: RunProgram, words: tuple[str, ...]) -> None:
    """Data that a command line names and that is not there: exit code 2, and the remedy is named."""
    outcome = run_program(*words, "--data-dir", "nowhere", "--json")
    assert (outcome.code, outcome.body["exit_code"]) == (2, 2)
    assert "data fetch" in outcome.body["error"]["remedy"]
    assert "data fetch" in outcome.err
