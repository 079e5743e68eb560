"""Targets compared with plain numbers: met, missed, at the bound, not measured."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.benchmark.cost.targets import STEP_TARGETS, Outcome, StepTarget, judge_targets
from support.cost_answers import make_answer, make_full_answer, make_row


def find(answer: dict[str, Any], title: str, data: str = "") -> Outcome:
    """Return the only outcome whose title contains the text."""
    (outcome,) = [row for row in judge_targets(answer) if title in row.title and row.data == data]
    return outcome


def test_nothing_measured_is_not_met() -> None:
    """Without a single row no target is met, and none is missed either."""
    assert [outcome.met for outcome in judge_targets(make_answer())] == [None] * (2 * len(STEP_TARGETS) + 6)


@pytest.mark.parametrize("target", STEP_TARGETS, ids=lambda target: target.title)
@pytest.mark.parametrize("data", ["images", "dense"])
def test_step_target_is_met_and_missed(target: StepTarget, data: str) -> None:
    """At the bound it is met; a little below it is missed, by how much is said."""
    bound = 1 / target.bound if target.inverted else target.bound
    sizes = {"hidden": target.least_hidden, "batch": target.least_batch, "data": data}
    for ratio, met in ((bound * 1.001, True), (bound * 0.9, False)):
        row = make_row(target.subject, target.baseline, ratio, **sizes)
        outcome = find(make_answer([row]), target.title, data)
        assert (outcome.met, outcome.where) == (met, row["case"])
        assert outcome.margin is not None
        assert (outcome.margin >= 0) == met
        assert outcome.low is not None
        assert outcome.found is not None
        assert outcome.high is not None
        assert outcome.low < outcome.found < outcome.high


def test_worst_case_decides() -> None:
    """One slow size among fast ones misses the target, and it is the one that is named."""
    ratios = {128: 1.2, 512: 0.7, 2048: 1.1}
    rows = [make_row("portable f32", "native f32", ratio, hidden=hidden) for hidden, ratio in ratios.items()]
    outcome = find(make_answer(rows), "hidden >= 128, batch >= 64", "images")
    assert (outcome.met, outcome.found) == (False, 0.7)
    assert "784-512-10" in outcome.where


def test_rows_outside_a_target_do_not_count() -> None:
    """Other sizes, batches, baselines, data and operations leave it unmeasured."""
    rows = [
        make_row("portable f32", "native f32", 0.1, hidden=64),
        make_row("portable f32", "native f32", 0.1, batch=16),
        make_row("portable f32", "PyTorch f32", 0.1),
        make_row("portable f64", "native f64", 0.1),
        make_row("portable f32", "native f32", 0.1, data="dense"),
    ]
    assert find(make_answer(rows), "hidden >= 128, batch >= 64", "images").met is None


def test_accuracy_is_the_largest_distance_in_points() -> None:
    """Both directions count; a run without data is left out."""
    outcome = find(make_full_answer(), "portable f32: distance")
    assert outcome.found == pytest.approx(0.1)
    assert outcome.met is True
    assert find(make_full_answer(), "portable f64: distance").met is None
    worse = [
        {"config": "mnist-mlp", "epochs": 10, "subject": name, "test_accuracy": accuracy}
        for name, accuracy in (("native f32", 0.976), ("portable f32", 0.979))
    ]
    assert find(make_answer(accuracy=worse), "portable f32: distance").met is False


@pytest.mark.parametrize(("command", "bound"), [("--help", 0.2), ("fingerprint", 1.0), ("verify", 10.0)])
def test_slow_command_is_missed(command: str, bound: float) -> None:
    """A command has to be done within its time."""
    for seconds, met in ((bound, True), (bound * 1.5, False)):
        row = {"command": command, "seconds": seconds, "low": None, "high": None, "rounds": 2}
        outcome = find(make_answer(start_up=[row]), f"wall time of {command}")
        assert outcome.margin == pytest.approx(0.0 if met else -0.5)
        assert outcome.met is met


def test_memory_that_grows_with_epochs_is_missed() -> None:
    """The most memory of any longer run is compared with that of one epoch; widths do not matter here."""
    rows = [{"epochs": epochs, "hidden": 128, "bytes": size} for epochs, size in ((1, 100), (2, 140), (4, 130))]
    rows.append({"epochs": 1, "hidden": 2048, "bytes": 1000})
    outcome = find(make_answer(memory=rows), "peak memory")
    assert (outcome.met, outcome.found, outcome.where) == (False, 1.4, "2 epochs")
    flat = [{"epochs": epochs, "hidden": 128, "bytes": 100} for epochs in (1, 2, 4)]
    assert find(make_answer(memory=flat), "peak memory").met is True
    assert find(make_answer(memory=rows[:1]), "peak memory").met is None
    unknown = [{"epochs": epochs, "hidden": 128, "bytes": None} for epochs in (1, 2)]
    assert find(make_answer(memory=unknown), "peak memory").met is None
