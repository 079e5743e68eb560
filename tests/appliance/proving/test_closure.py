"""State closure of a user's experiment: everything that it carries past the checkpoint is named, and nothing else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs
import pytest

from appliance.proving.children import Bench
from appliance.proving.closure import Closure, find_open_state
from appliance.proving.request import Subject
from appliance.proving.stops import record_stops
from support.forgetful import BODIES, NO_CHANGE, write_forgetful
from support.own_experiment import edit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.slow]


def close(folder: Path, bodies: list[str], change: str = NO_CHANGE) -> Closure:
    """Return the state closure of an experiment whose layer does these things."""
    path = write_forgetful(folder / "experiment", bodies, change)
    bench, tried = Bench(environment=dict(os.environ)), Subject(config=str(path))
    stops = record_stops(tried, bench, folder / "stops")
    (folder / "children").mkdir()
    return find_open_state(tried, stops, bench, folder / "children")


def test_all_state_of_a_user_is_named(tmp_path: Path) -> None:
    """Counters in a layer, a module, a closure, a class, a slot, generators, caches and settings have their names."""
    found = close(tmp_path, list(BODIES))
    told = {finding.name for finding in found.findings}
    assert sorted(set(BODIES.values()) - told) == []
    assert not found.results_differ
    assert not any(finding.changes_results for finding in found.findings)
    others = {name for name in told if not name.startswith("forgetful.py: ")}
    assert others == {"numpy.random (global generator)", "warnings.filters"}


def test_nothing_is_named_without_a_fault(tmp_path: Path) -> None:
    """An experiment that carries nothing is closed, with at most one exception."""
    found = close(tmp_path, [])
    assert (found.findings, found.unstable, found.repeats) == ((), (), True)
    assert found.objects > 5000
    assert found.is_whole
    assert set(found.excepted) <= {"ExactChecker.checked", "_take_scratch"}


def test_memory_of_the_checks_is_no_state(tmp_path: Path) -> None:
    """A normalisation, and batches of two sizes: what the first check of a plan left there may differ."""
    path = write_forgetful(tmp_path / "experiment", [], NO_CHANGE)
    edit(path, "batch_size = 16", "batch_size = 7")
    edit(path.parent / "forgetful.py", "Passing(), nn.Dense", "nn.LayerNorm(), nn.Dense")
    bench, tried = Bench(environment=dict(os.environ)), Subject(config=str(path))
    stops = record_stops(tried, bench, tmp_path / "stops")
    (tmp_path / "children").mkdir()
    found = find_open_state(tried, stops, bench, tmp_path / "children")
    assert found.findings == ()
    assert "_take_scratch" in found.excepted


def test_counter_that_changes_results_is_named_alone(tmp_path: Path) -> None:
    """Where results differ, the cause is told, and what follows from it is counted."""
    found = close(tmp_path, ["self._calls += 1"], "x.dtype.type(self._calls * 0.01)")
    assert [finding.name for finding in found.findings] == ["forgetful.py: Passing._calls"]
    assert found.findings[0].changes_results
    assert found.results_differ
    assert found.followers > 0
    assert attrs.asdict(found.findings[0])["undisturbed"] == "10"
