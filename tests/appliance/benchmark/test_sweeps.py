"""Sweeps: every combination of some settings, refused before anything runs if one is not valid."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.benchmark import tasks
from appliance.benchmark.execute import Request
from appliance.benchmark.fresh import FreshRecord
from appliance.benchmark.spreading import FreshProcesses, OneProcess
from appliance.benchmark.sweep import list_combinations, parse_axes, run_sweep
from appliance.benchmark.sweep_text import format_sweep
from appliance.config.overrides import split_values
from appliance.errors import ConfigurationError
from support.specimens import fake_digest, make_record
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.config import Config

AXES = ("training.batch_size=16,32", "optimizer.learning_rate=0.1,0.05")
REQUEST = Request(config="smoke", repeats=0, seeds=3)


class Training:
    """Stands for training; `unstable` makes runs with this batch size differ from each other."""

    def __init__(self) -> None:
        """Begin with no run."""
        self.runs: list[tuple[int, int]] = []
        self.unstable = 0

    def run(self, config: Config, **_: Any) -> FreshRecord:  # noqa: ANN401 - settings are not used
        """Return a record whose accuracy is a function of batch size and seed."""
        size, seed = config.training.batch_size, config.seed
        self.runs.append((size, seed))
        number = len(self.runs) if size == self.unstable else 0
        record = make_record(config.name)
        record["digests"] = {name: fake_digest(f"{name} {size} {seed} {number}") for name in record["digests"]}
        record["metrics"] = {"train_loss": 0.5, "test_loss": 0.75, "test_accuracy": (size + seed % 100) / 1000}
        return FreshRecord(value=record)


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> Training:
    """Put a `Training` in the place of training; return it."""
    found = Training()
    monkeypatch.setattr(tasks, "run_training", found.run)
    monkeypatch.setattr(tasks, "run_in_fresh_process", found.run)
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("16,32", ("16", "32")),
        (" 16 , 32 ", ("16", "32")),
        ("sgd,adam", ("sgd", "adam")),
        ("[784, 10],[784, 8, 10]", ("[784, 10]", "[784, 8, 10]")),
        ('{kind = "a,b"},"c,d"', ('{kind = "a,b"}', '"c,d"')),
        ("""'a"',"b'",3""", ("""'a"'""", '''"b'"''', "3")),
        ("", ("",)),
        ("1,,2", ("1", "", "2")),
    ],
)
def test_values_are_divided_by_commas(text: str, values: tuple[str, ...]) -> None:
    """A comma inside brackets, braces or quotes belongs to a value."""
    assert split_values(text) == values


def test_every_combination_is_there_once() -> None:
    """The last setting varies fastest, configurations slowest; each has its own digest."""
    found = list_combinations(REQUEST, ["smoke", "baseline"], parse_axes(AXES, ()))
    sizes = ["16", "16", "32", "32"]
    assert [settings["training.batch_size"] for _, settings, _ in found] == 2 * sizes
    assert [name for name, _, _ in found] == ["smoke"] * 4 + ["baseline"] * 4
    assert [config.training.batch_size for _, _, config in found] == 2 * [16, 16, 32, 32]
    assert len({config.digest() for _, _, config in found}) == 8


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["training.batch_size=16,0"], ["--sweep training.batch_size=0", "a whole number from 1"]),
        (["training.batch_size=16,"], ["a setting is not TOML", "--sweep training.batch_size="]),
        (["training.batch_size=16,70000"], ["too large for exact sums", "--sweep training.batch_size=70000"]),
        (["training.batch_size"], ["a setting cannot be read", "--sweep"]),
        (["training.nothing=1,2"], ["--sweep training.nothing=1", "does not exist"]),
        (["training.batch_size.inner=1"], ["--sweep training.batch_size.inner=1", "no table"]),
        (["seed=1,1"], ["there twice", "--sweep seed=1,1"]),
        (["seed=1", "seed=2"], ["a key is set twice", "--sweep seed=2"]),
        (["training.epochs=1,2"], ["a key is set twice", "--sweep or --set"]),
        ([f"seed={','.join(map(str, range(1001)))}"], ["too many combinations", "1001 (seed)", "at most 1000"]),
    ],
)
def test_a_sweep_that_is_not_valid_runs_nothing(texts: list[str], words: list[str], training: Training) -> None:
    """The error names the option with the value that is not valid."""
    request = Request(config="smoke", overrides=("training.epochs=1",), repeats=0, seeds=1)
    with pytest.raises((ConfigurationError, UsageError)) as caught:
        run_sweep(request, ["smoke"], texts, OneProcess())
    assert [word for word in words if word not in str(caught.value)] == []
    assert training.runs == []


def test_a_sweep_has_the_same_numbers_on_any_number_of_workers(training: Training) -> None:
    """Rows, seeds and statistics are equal with one process and with three."""
    alone = run_sweep(REQUEST, ["smoke"], AXES, OneProcess()).to_json()
    spread = run_sweep(REQUEST, ["smoke"], AXES, FreshProcesses(3)).to_json()
    assert spread == alone
    assert len(training.runs) == 2 * 4 * 3
    assert [row["settings"]["training.batch_size"] for row in alone["rows"]] == ["16", "16", "32", "32"]
    assert len({tuple(row["seeds"]["seeds"]) for row in alone["rows"]}) == 1
    first, last = alone["rows"][0]["seeds"]["metrics"], alone["rows"][3]["seeds"]["metrics"]
    assert last["test_accuracy"]["mean"] == pytest.approx(first["test_accuracy"]["mean"] + 0.016)
    assert (alone["schema"], alone["verdict"]) == ("repro-appliance/sweep/1", "not-asked")


def test_a_combination_whose_repeats_differ_is_a_bug(training: Training) -> None:
    """The verdict is that of all combinations together, and the error names the first one that differs."""
    training.unstable = 32
    found = run_sweep(Request(config="smoke", repeats=2, seeds=0), ["smoke"], AXES, OneProcess())
    assert [row["verdict"] for row in found.to_json()["rows"]] == ["identical"] * 2 + ["different"] * 2
    assert found.to_json()["verdict"] == "different"
    assert found.bug is not None
    assert str(found.bug.where).startswith("smoke training.batch_size=32 optimizer.learning_rate=0.1: repeat 1")


def test_the_text_has_a_line_for_each_combination(training: Training) -> None:
    """One table for each metric; short headings; nothing wider than a terminal."""
    text = format_sweep(run_sweep(REQUEST, ["smoke"], AXES, OneProcess()).to_json())
    assert text.count("\n  32          0.05 ") == 3
    assert "batch_size  learning_rate  test_accuracy  deviation  interval of the mean" in text
    assert max(map(len, text.splitlines())) <= 80
    assert training.runs
    both = format_sweep(run_sweep(Request(config="smoke", seeds=1), ["smoke", "baseline"], (), OneProcess()).to_json())
    assert "configuration  repeats with one seed" in both
    assert "  baseline       identical" in both


def test_the_command_sweeps_with_three_seeds(
    call: Callable[..., int], training: Training, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --sweep or several configurations the answer is that of a sweep, without repeats."""
    assert call("benchmark", "smoke", "--sweep", AXES[0], "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["settings"] for row in answer["rows"]] == [{"training.batch_size": "16"}, {"training.batch_size": "32"}]
    assert len(training.runs) == 6
    assert call("benchmark", "smoke", "--config", "baseline", "--seeds", 1, "--json") == 0
    assert [row["config"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["smoke", "baseline"]
    training.unstable = 32
    assert call("benchmark", "smoke", "--sweep", AXES[0], "--repeats", 2) == 1
    assert "smoke training.batch_size=32: repeat 1" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--sweep", "seed=1"], ["--jobs", 2], ["--config", "baseline"]])
def test_a_comparison_with_torch_takes_no_sweep(
    call: Callable[..., int], words: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    """The options that it does not know are refused by name."""
    assert call("benchmark", "smoke", "--against", "torch", *words) == 2
    assert "--against torch" in capsys.readouterr().err


def test_a_suite_takes_one_configuration(call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """Two are refused."""
    assert call("benchmark", "smoke", "--config", "wide", "--suite", "cost") == 2
    assert "a suite takes one configuration" in capsys.readouterr().err
    assert call("benchmark", "smoke", "--jobs", 2, "--suite", "cost") == 2
    assert "--suite is made by one process" in capsys.readouterr().err
