"""The comparison with PyTorch as a command: options, errors, and with the extra torch its answers."""

from __future__ import annotations

import importlib
import importlib.util
import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.config import load_config
from appliance.peers.comparison import compare_with_torch, prepare
from appliance.peers.kept_bits import KeptBits
from appliance.peers.text import format_comparison
from appliance.training.execute import run_training
from appliance.vary import own_training
from support.own_experiment import edit, write_experiment
from support.printed_answers import check_answer
from verify.digests import digest_arrays
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let PyTorch be missing, whether it is installed or not."""
    load, find = importlib.import_module, importlib.util.find_spec

    def refuse(name: str, package: str | None = None) -> Any:  # noqa: ANN401 - a module
        if name == "torch":
            raise ImportError("No module named 'torch'")
        return load(name, package)

    monkeypatch.setattr(importlib, "import_module", refuse)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "torch" else find(name, *rest))


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (["smoke", "--axes", "threads"], "--axes needs --against torch"),
        (["smoke", "--budget", "5m"], "--budget needs --against torch"),
        (["smoke", "--against", "torch,native"], "no such profile"),
        (["--against", "torch"], "missing option '--config' (or the name of a configuration, or --suite cost)"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    call: Callable[..., int], words: list[str], title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One error, exit code 2."""
    assert call("benchmark", *words, "--json") == 2
    assert json.loads(capsys.readouterr().out)["error"]["title"] == title


@pytest.mark.usefixtures("without_torch")
@pytest.mark.parametrize(
    "words", [["benchmark", "smoke", "--against", "torch"], ["vary", "--config", "smoke", "--profile", "torch"]]
)
def test_without_the_extra_the_remedy_is_named(
    call: Callable[..., int], words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """PyTorch is an extra; what needs it says how to get it."""
    assert call(*words, "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["title"], error["remedy"]) == ("PyTorch is not installed", "pip install 'repro-appliance[torch]'")


def test_unknown_profile_cannot_be_varied() -> None:
    """Before anything is run."""
    with pytest.raises(UsageError, match="there is no such profile"):
        own_training.plan_command("smoke", "tensor")


def test_a_training_by_pytorch_is_a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """`vary` runs it like any other, and compares its files."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda *_: object())
    assert own_training.plan_command("smoke", "torch")[1:] == ("-m", "appliance.peers.run_torch", "smoke")
    assert own_training.list_outputs("torch") == ("run/history.json", "run/weights.safetensors")
    assert "run/record.json" in own_training.list_outputs("portable")


def test_axes_that_do_not_reach_pytorch_are_not_called_harmless() -> None:
    """The kernel of NumPy's BLAS is left out, and the instruction sets are PyTorch's own."""
    axes = ("threads", "kernel", "simd")
    assert own_training.plan_axes(axes, "native") == (axes, {})
    assert own_training.plan_axes(axes, "torch") == (("threads",), {"simd": own_training.TORCH_SIMD})
    assert own_training.plan_axes(("threads",), "torch") == (("threads",), {})
    assert own_training.plan_axes((), "torch") == ((), {})
    with pytest.raises(UsageError, match="do not reach PyTorch"):
        own_training.plan_axes(("kernel",), "torch")


@pytest.mark.slow
def test_both_trainings_side_by_side() -> None:
    """Metrics with intervals, speeds, curves and the largest difference of weights; text of 80 columns."""
    pytest.importorskip("torch")
    found = compare_with_torch(load_config("smoke"), seeds=2)
    body = found.to_json()
    check_answer(body)
    assert body["schema"] == "repro-appliance/against-torch/1"
    assert len(set(body["seeds"])) == 2
    assert {row["name"] for row in body["metrics"]} >= {"train_loss", "test_loss", "test_accuracy"}
    for curve in body["curves"]:
        assert len(curve["ours"]) == len(curve["torch"]) == 2
        assert 0 < curve["final_weights"]["largest_difference"] < 0.05
        for ours, theirs in zip(curve["ours"], curve["torch"], strict=True):
            assert ours["train_loss"] == pytest.approx(theirs["train_loss"], rel=0.02)
    text = format_comparison(found, KeptBits(answers={}))
    assert max(map(len, text.splitlines())) <= 80


def test_an_experiment_is_prepared_as_its_training_begins(tmp_path: Path) -> None:
    """Its module gives data and layers of both trainings; they begin with the same parameters."""
    config = load_config(str(write_experiment(tmp_path / "project")))
    start = prepare(config)
    assert start.config.model.layers
    record = run_training(config)
    assert start.dataset.digest() == record.digests["dataset"]
    assert digest_arrays(start.parameters) == record.digests["initial_weights"]


@pytest.mark.slow
def test_an_experiment_is_trained_by_both(tmp_path: Path) -> None:
    """Layers of the library have counterparts in PyTorch; one of the user's own is refused with its name."""
    pytest.importorskip("torch")
    path = write_experiment(tmp_path / "project")
    with pytest.raises(UsageError, match="no layer of this kind"):
        compare_with_torch(load_config(str(path)), seeds=1)
    edit(path.parent / "mine.py", "swish, nn.Dense", "nn.Gelu(), nn.Dense")
    found = compare_with_torch(load_config(str(path)), seeds=1)
    assert found.pairs[0].ours.metrics["train_loss"] == pytest.approx(
        found.pairs[0].torch.epochs[-1].train_loss, rel=0.1
    )


def test_a_comparison_needs_a_seed() -> None:
    """Nothing is trained for none."""
    with pytest.raises(UsageError, match="at least one seed"):
        compare_with_torch(load_config("smoke"), seeds=0)
