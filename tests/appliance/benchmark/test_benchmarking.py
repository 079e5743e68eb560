"""Benchmarks with the training run replaced: verdict, JSON, text, exit code."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.benchmark import tasks
from appliance.benchmark.execute import Request, list_rivals, run_benchmark
from appliance.benchmark.fresh import FreshRecord
from support.specimens import fake_digest, make_record
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.config import Config


class Training:
    """Replaces training; `wobble` makes each run of that profile differ."""

    def __init__(self, wobble: str = "") -> None:
        """Begin with no call."""
        self.wobble = wobble
        self.profiles: list[str] = []
        self.numbers = itertools.count()

    def run(self, config: Config, *, profile: str, **_: Any) -> FreshRecord:  # noqa: ANN401 - settings are not used
        """Return a record of `config`."""
        self.profiles.append(profile)
        number = next(self.numbers) if profile == self.wobble else 0
        record = make_record(config.name, profile)
        record["digests"] = {name: fake_digest(f"{name} {config.seed} {number}") for name in record["digests"]}
        record["metrics"] = {"train_loss": 0.5, "test_loss": 0.75, "test_accuracy": config.seed % 8 / 8}
        record["timing"] = {"seconds": 2.0, "examples_per_second": 50.0}
        return FreshRecord(value=record)


def install(monkeypatch: pytest.MonkeyPatch, training: Training) -> Training:
    """Put `training` in the place of the training room."""
    monkeypatch.setattr(tasks, "run_training", training.run)
    return training


@pytest.fixture
def benchmark(call: Callable[..., int]) -> Callable[..., int]:
    """Return a function that runs the command with small defaults; keywords are options."""

    def run(*, as_json: bool = True, **changes: object) -> int:
        options = {"config": "smoke", "repeats": 3, "seeds": 2, **changes}
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return call("benchmark", *words, *(["--json"] if as_json else []))

    return run


def test_agreeing_repeats_exit_with_0(
    benchmark: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One JSON object with verdict, repeats, statistics and timings; nothing on standard error."""
    install(monkeypatch, Training())
    assert benchmark() == 0
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert (answer["schema"], answer["verdict"], err) == ("repro-appliance/benchmark/1", "identical", "")
    assert answer["repeats"]["portable"]["count"] == 3
    assert answer["repeats"]["portable"]["first_difference"] is None
    assert answer["seeds"]["metrics"]["test_loss"]["mean"] == 0.75
    assert answer["timing"]["portable"]["seconds"]["median"] == 2.0


@pytest.mark.parametrize("as_json", [True, False])
def test_differing_repeats_exit_with_1(
    benchmark: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,
) -> None:
    """A wobbling run is called a reproducibility bug, with its first stage, in text as in JSON."""
    install(monkeypatch, Training(wobble="portable"))
    assert benchmark(as_json=as_json) == 1
    out, err = capsys.readouterr()
    assert "reproducibility bug" in err
    assert "repeat 1, R003 data set bytes differ" in err
    if as_json:
        answer = json.loads(out)
        assert answer["verdict"] == "different"
        difference = answer["repeats"]["portable"]["first_difference"]
        assert (difference["repeat"], difference["stage"]) == (1, "R003 data set bytes differ")
        assert difference["expected"] != difference["found"]
    else:
        assert "DIFFERENT" in out


def test_a_rival_is_timed_in_turn_and_not_judged(
    benchmark: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Native arithmetic that wobbles is reported as such, while the verdict is the judged profile's."""
    training = install(monkeypatch, Training(wobble="native"))
    assert benchmark(against="native", seeds=0) == 0
    answer = json.loads(capsys.readouterr().out)
    assert training.profiles == ["portable", "native", "native", "portable", "portable", "native"]
    assert answer["verdict"] == "identical"
    assert answer["repeats"]["native"]["identical"] is False
    assert answer["seeds"] is None
    assert sorted(answer["timing"]) == ["native", "portable"]


def test_seeds_alone_give_no_verdict(
    benchmark: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without repeats nothing is called identical."""
    install(monkeypatch, Training(wobble="portable"))
    assert benchmark(repeats=0) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["repeats"]) == ("not-asked", {})


def test_the_text_shows_every_part(
    benchmark: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The tables name configuration, verdict, statistics and timings."""
    install(monkeypatch, Training())
    assert benchmark(as_json=False, repeats=6) == 0
    out = capsys.readouterr().out
    for part in (
        "benchmark smoke",
        "identical, bit for bit",
        "over 2 seeds",
        "test_accuracy",
        "in no digest",
        "96.9 %",
    ):
        assert part in out


@pytest.mark.parametrize(
    "changes",
    [
        {"repeats": 1},
        {"repeats": -2},
        {"seeds": -1},
        {"repeats": 0, "seeds": 0},
        {"against": "fast"},
        {"repeats": 0, "against": "native"},
    ],
)
def test_requests_without_sense_are_usage_errors(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    """Each is refused before anything runs."""
    training = install(monkeypatch, Training())
    with pytest.raises(UsageError):
        run_benchmark(Request(config="smoke", **changes))
    assert training.profiles == []


def test_rivals_are_named_once_and_never_the_judged_profile() -> None:
    """Spaces, repetition and the judged profile itself are dropped from the list."""
    assert list_rivals(" native, portable,native,", "portable") == ["native"]
    assert list_rivals("", "portable") == []
