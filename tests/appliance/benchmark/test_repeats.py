"""Repeats that must agree, seeds that are summarised, runs in processes of their own."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

import appliance
from appliance.benchmark.fresh import FreshRecord, run_in_fresh_process
from appliance.benchmark.repeats import compare_repeats, require_identical
from appliance.benchmark.seeds import summarize_seeds
from appliance.benchmark.tasks import HERE, Place, Task, list_repeats, list_seeds
from appliance.config import Config, list_configs, load_config, parse_settings
from appliance.seeds import derive_seed
from support import specimens
from support.edits import swap
from support.specimens import fake_digest
from verify.errors import CouldNotJudgeError, DifferentError, UsageError
from verify.files.record import RECORD
from verify.files.settings import format_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.benchmark.repeats import RepeatsReport
    from appliance.benchmark.seeds import SeedsReport

SMOKE = load_config("smoke")
TASK = Task(config=SMOKE, source="smoke")
OTHER = fake_digest("other")


def make_record(seed: int = 1) -> dict[str, Any]:
    """Return a record as `train --json` writes it, all of it a function of the seed."""
    record = specimens.make_record("smoke")
    record["digests"] = {name: specimens.fake_digest(f"{name} {seed}") for name in record["digests"]}
    record["metrics"] = {"train_loss": 0.5, "test_loss": 0.75, "test_accuracy": (seed % 8) / 8}
    return record


def run_well(config: Config) -> FreshRecord:
    """Return the record a deterministic program makes of `config`."""
    return FreshRecord(value=make_record(config.seed))


def run_repeats(
    config: Config, repeats: int, run: Callable[[Config], FreshRecord], places: Sequence[Place] = ()
) -> RepeatsReport:
    """Return the report over repeats of a run."""
    tasks = list_repeats(attrs.evolve(TASK, config=config), repeats, ["portable"])
    records = [RECORD.parse(run(task.config).to_json(), task.name) for task in tasks]
    return compare_repeats(config.seed, records, places)


def run_seeds(config: Config, seeds: int, run: Callable[[Config], FreshRecord]) -> SeedsReport:
    """Return the summary over runs with different seeds."""
    tasks = list_seeds(attrs.evolve(TASK, config=config), seeds)
    return summarize_seeds([t.config.seed for t in tasks], [run(t.config).to_json()["metrics"] for t in tasks])


def make_unstable(change: Callable[[dict[str, Any]], None], at: int) -> Callable[[Config], FreshRecord]:
    """Return a run that is deterministic except for `change` in its call number `at`, counted from 0."""
    calls = iter(range(1000))

    def run(config: Config) -> FreshRecord:
        record = make_record(config.seed)
        if next(calls) == at:
            change(record)
        return FreshRecord(value=record)

    return run


def set_stage(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Return a change that puts `value` at `path` of a record."""

    def change(record: dict[str, Any]) -> None:
        target: Any = record
        for key in path[:-1]:
            target = target[key]
        target[path[-1]] = value

    return change


def test_equal_repeats_are_identical() -> None:
    """A deterministic run agrees with itself, has no spread, and its timings are summarised."""
    report = run_repeats(SMOKE, 3, run_well)
    require_identical(report)
    assert (report.identical, report.count, report.seed) == (True, 3, SMOKE.seed)
    assert report.run_digest == fake_digest(f"run {SMOKE.seed}")
    assert report.spread == {"test_accuracy": 0.0, "test_loss": 0.0, "train_loss": 0.0}
    assert report.timings["seconds"].median == 1.5


@pytest.mark.parametrize(
    ("path", "value", "stage"),
    [
        (("config_digest",), OTHER, "R002 settings differ"),
        (("digests", "dataset"), OTHER, "R003 data set bytes differ"),
        (("digests", "initial_weights"), OTHER, "R004 initial weights differ"),
        (("epochs", 0, "weights"), OTHER, "R005 weights by epoch differ, epoch 1, weights"),
        (("epochs", 0, "train_loss"), 0.7500000000000001, "R006 losses and accuracies by epoch differ, epoch 1, train"),
        (("epochs", 0, "test_accuracy"), 0.25, "R006 losses and accuracies by epoch differ, epoch 1, test_accuracy"),
        (("digests", "final_weights"), OTHER, "R008 final weights differ"),
        (("digests", "history"), OTHER, "R006 losses and accuracies by epoch differ"),
        (("digests", "predictions"), OTHER, "R007 predictions differ"),
        (("metrics", "test_loss"), 0.7500000000000001, "R012 metrics differ, test_loss"),
        (("digests", "run"), OTHER, "R009 run digests differ"),
        (("profile",), "native", "R011 the profile differs from what there is to compare with, profile"),
    ],
)
def test_one_differing_stage_is_a_reproducibility_bug(path: tuple[str | int, ...], value: object, stage: str) -> None:
    """Whatever stage one repeat changes, the bug is reported with that stage and that repeat."""
    report = run_repeats(SMOKE, 4, make_unstable(set_stage(*path, value=value), at=2))
    assert not report.identical
    assert report.difference is not None
    assert report.difference.repeat == 2
    assert report.difference.stage.startswith(stage)
    assert report.difference.to_json().items() >= {"repeat": 2, "stage": report.difference.stage}.items()
    assert {"expected", "found"} <= set(report.difference.to_json())
    with pytest.raises(DifferentError, match="reproducibility bug") as caught:
        require_identical(report)
    assert caught.value.exit_code == 1
    assert f"repeat 2, {stage}" in str(caught.value)


def test_the_earliest_stage_is_named() -> None:
    """When weights of an epoch and all that follows differ, the epoch is named, not the end."""

    def change(record: dict[str, Any]) -> None:
        record["epochs"][0]["weights"] = record["digests"]["final_weights"] = record["digests"]["run"] = OTHER

    report = run_repeats(SMOKE, 2, make_unstable(change, at=1))
    assert report.difference is not None
    assert report.difference.result.where == "epoch 1, weights"


def test_a_spread_of_equal_seeds_is_measured() -> None:
    """The metric that moved between equal seeds shows by how much."""
    report = run_repeats(SMOKE, 3, make_unstable(set_stage("metrics", "test_loss", value=1.0), at=1))
    assert report.spread["test_loss"] == 0.25


def test_time_and_place_do_not_count() -> None:
    """Another duration or run directory is no difference."""

    def change(record: dict[str, Any]) -> None:
        record["timing"]["seconds"] = 9.0
        record["run_dir"] = "elsewhere"

    assert run_repeats(SMOKE, 2, make_unstable(change, at=1)).identical


def test_an_epoch_more_or_less_is_a_difference() -> None:
    """A repeat with one epoch fewer does not agree."""
    report = run_repeats(SMOKE, 2, make_unstable(lambda record: record["epochs"].pop(), at=1))
    assert report.difference is not None
    assert report.difference.result.where == "the number of epochs"


@pytest.mark.parametrize("missing", ["digests", "epochs", "metrics"])
def test_records_without_content_are_no_agreement(missing: str) -> None:
    """Two records that say nothing are not identical: they cannot be judged."""
    record = make_record()
    record[missing] = type(record[missing])()
    with pytest.raises(CouldNotJudgeError):
        run_repeats(SMOKE, 2, lambda _: FreshRecord(value=record))
    del record[missing]
    with pytest.raises(CouldNotJudgeError):
        run_repeats(SMOKE, 2, lambda _: FreshRecord(value=record))


@pytest.mark.parametrize("repeats", [-1, 0, 1])
def test_one_run_agrees_with_nothing(repeats: int) -> None:
    """Fewer than two repeats are refused rather than called identical."""
    with pytest.raises(UsageError):
        run_repeats(SMOKE, repeats, run_well)


def test_interleaving_turns_the_order() -> None:
    """Each round has every profile once, beginning with another one."""
    tasks = list_repeats(TASK, 3, ["a", "b"])
    assert [task.profile for task in tasks] == ["a", "b", "b", "a", "a", "b"]
    assert [task.name for task in tasks] == ["repeat 0"] * 2 + ["repeat 1"] * 2 + ["repeat 2"] * 2


def test_the_places_of_two_repeats_are_named() -> None:
    """Where repeats ran on several workers, both are named with their hosts; in one place nothing is said."""
    unstable = make_unstable(set_stage("metrics", "test_loss", value=1.0), at=2)
    report = run_repeats(SMOKE, 3, unstable, [Place(worker=number, host=f"host-{number}") for number in (1, 2, 3)])
    assert report.difference is not None
    assert report.difference.to_json()["places"] == [{"worker": 1, "host": "host-1"}, {"worker": 3, "host": "host-3"}]
    with pytest.raises(DifferentError, match="repeat 2 on worker 3 on host-3, repeat 0 on worker 1 on host-1, R012"):
        require_identical(report)
    alone = run_repeats(SMOKE, 2, make_unstable(set_stage("metrics", "test_loss", value=1.0), at=1), [HERE, HERE])
    assert alone.difference is not None
    assert "places" not in alone.difference.to_json()


def test_seeds_derive_and_metrics_are_summarised() -> None:
    """The first seed is the configuration's, the rest derive; mean and deviation are over all of them."""
    report = run_seeds(SMOKE, 3, run_well)
    expected = (SMOKE.seed, derive_seed(SMOKE.seed, "benchmark", 1), derive_seed(SMOKE.seed, "benchmark", 2))
    assert report.seeds == expected
    accuracy = report.metrics["test_accuracy"]
    assert accuracy.mean == pytest.approx(sum(seed % 8 / 8 for seed in expected) / 3)
    assert accuracy.n == 3
    assert report.metrics["test_loss"].standard_deviation == 0.0


def test_a_missing_metric_is_no_statistic() -> None:
    """A record without a metric stops the summary instead of shrinking the sample."""
    record = make_record()
    del record["metrics"]["test_loss"]
    with pytest.raises(CouldNotJudgeError, match="lacks a metric"):
        run_seeds(SMOKE, 1, lambda _: FreshRecord(value=record))
    with pytest.raises(UsageError):
        run_seeds(SMOKE, 0, run_well)


@pytest.mark.parametrize("name", list_configs())
def test_a_configuration_survives_its_file(name: str) -> None:
    """Every configuration, with another seed, reads back equal from the text handed to a fresh process."""
    config = attrs.evolve(load_config(name), seed=2**63 - 1)
    assert parse_settings(tomllib.loads(format_settings(config.settings())), where=name) == config


PROGRAM = """
import json, os, pathlib, sys, tomllib
settings = tomllib.loads(pathlib.Path(sys.argv[sys.argv.index("--config") + 1]).read_text())
print(OUTPUT)
sys.exit(CODE)
"""


def fake_package(folder: Path, monkeypatch: pytest.MonkeyPatch, output: str, code: int = 0) -> None:
    """Replace the program that fresh processes start."""
    package = folder / "appliance"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "__main__.py").write_text(swap(swap(PROGRAM, "OUTPUT", output), "CODE", str(code)), encoding="utf-8")
    monkeypatch.setattr(appliance, "__file__", str(package / "__init__.py"))


@pytest.mark.process
def test_a_fresh_process_returns_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program gets configuration, seed, profile, threads and data directory; its JSON comes back."""
    fake_package(tmp_path, monkeypatch, "json.dumps({'argv': sys.argv[1:], 'seed': settings['seed']})")
    config = attrs.evolve(SMOKE, seed=77)
    answer = run_in_fresh_process(config, profile="native", threads=2, data_dir=Path("some dir")).to_json()
    arguments = " ".join(answer["argv"])
    assert answer["seed"] == 77
    assert arguments.startswith("train --config ")
    assert "--json --profile native --threads 2 --out " in arguments
    assert arguments.endswith("--data-dir some dir")


@pytest.mark.process
@pytest.mark.parametrize(
    ("output", "code", "found"), [("'{}'", 2, "exit code 2"), ("'no json'", 0, "no json"), ("'[]'", 0, "exit code 0")]
)
def test_a_fresh_process_that_fails_is_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, code: int, found: str
) -> None:
    """A failed process or one that writes something else is an error that quotes it."""
    fake_package(tmp_path, monkeypatch, output, code)
    with pytest.raises(CouldNotJudgeError, match="fresh process") as caught:
        run_in_fresh_process(SMOKE)
    assert found in str(caught.value)


@pytest.mark.process
def test_a_difference_between_processes_is_a_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fresh processes find a program that gives another result in each process."""
    fake_package(
        tmp_path, monkeypatch, f"json.dumps({make_record()!r} | dict(config_digest=f'sha256:{{os.getpid():064x}}'))"
    )
    report = run_repeats(SMOKE, 2, run_in_fresh_process)
    assert report.difference is not None
    assert report.difference.result.id == "R002"
