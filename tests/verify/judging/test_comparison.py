"""Runs with traces: both are compared, and the trace tells more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from appliance.config import load_config
from appliance.runs.directory import write_run
from appliance.training.execute import run_training
from support.planted_traces import Plan, record_trace
from verify.errors import UsageError
from verify.files.run import load_run
from verify.files.traces import open_trace
from verify.judging.comparison import Comparison, compare_many, compare_sides
from verify.judging.sides import FileSide, RunSide, TraceSide, read_side
from verify.rendering import comparison as rendering

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the directories of a run and of one of another seed."""
    folder = tmp_path_factory.mktemp("runs")
    for name, seed in (("a", 1), ("b", 2)):
        write_run(run_training(load_config("smoke", seed=seed)), folder / name)
    return folder / "a", folder / "b"


def make_side(place: Path, folder: Path, plan: Plan | None) -> RunSide:
    """Return a run with a trace."""
    trace = None if plan is None else open_trace(record_trace(folder, plan))
    return RunSide(path=place, run=load_run(place), trace=trace)


def show(found: Comparison) -> str:
    """Return the sentence of an answer that is sound in every form."""
    body = rendering.describe(found)
    assert json.loads(json.dumps(body, allow_nan=False)) == body
    assert " ".join(rendering.render_text(found).split()).startswith(body["sentence"])
    assert rendering.render_markdown(found).startswith(f"**{found.verdict}**")
    assert (body["first"] is None) == (found.verdict != "different")
    return str(body["sentence"])


def test_equal_runs_with_equal_traces(places: tuple[Path, Path], tmp_path: Path) -> None:
    """Both are named, and nothing is left to ask."""
    a, b = (make_side(places[0], tmp_path / name, Plan()) for name in "ab")
    found = compare_sides(a, b)
    assert (found.verdict, found.lacks_values) == ("identical", False)
    assert show(found).endswith("56 events of their traces agree.")
    assert "not compared" not in rendering.render_text(found)
    assert "not compared" not in rendering.render_markdown(found)
    assert "have a trace of steps" in rendering.render_text(Comparison(a=found.a, b=found.b, runs=found.runs))


def test_a_trace_finds_what_a_run_does_not_show(places: tuple[Path, Path], tmp_path: Path) -> None:
    """A difference that was absorbed before the end is a difference; its values are not known."""
    plans = {"a": Plan(), "b": Plan(change=lambda y: -y)}
    a, b = (make_side(places[0], tmp_path / name, plan) for name, plan in plans.items())
    found = compare_sides(a, b)
    assert (found.verdict, found.lacks_values) == ("different", True)
    assert show(found).startswith("The traces differ first at epoch 1, step 3, dense.forward")


def test_runs_that_differ_with_equal_traces_or_none(places: tuple[Path, Path], tmp_path: Path) -> None:
    """The runs tell the first difference, and that more can be asked for."""
    for plan, end in (
        (Plan(), "their traces do not differ."),
        (None, "seed; the results differ first in the data set."),
    ):
        a, b = (make_side(place, tmp_path / f"{place.name}{plan is None}", plan) for place in places)
        found = compare_sides(a, b)
        assert (found.verdict, found.lacks_values) == ("different", True)
        assert show(found).endswith(end)


def test_a_run_with_a_trace_is_compared_with_a_trace(places: tuple[Path, Path], tmp_path: Path) -> None:
    """By their traces only; without one, the two do not fit."""
    trace = read_side(str(record_trace(tmp_path / "a")))
    assert isinstance(trace, TraceSide)
    found = compare_sides(make_side(places[0], tmp_path / "b", Plan()), trace)
    assert (found.verdict, found.runs) == ("identical", None)
    for other in (make_side(places[0], tmp_path / "c", None), FileSide(path=tmp_path / "x.npy")):
        with pytest.raises(UsageError, match="cannot be compared"):
            compare_sides(other, trace)


def test_classes_of_runs(places: tuple[Path, Path]) -> None:
    """Equal runs are one class."""
    found = compare_many([read_side(str(places[number])) for number in (1, 0, 0)])
    assert [len(own.members) for own in found.classes] == [2, 1]
    body = rendering.describe(found)
    assert (body["verdict"], body["kind"]) == ("different", "settings")
    assert body["splits"][0]["sentence"].startswith("The runs differ first in the settings: seed")
