"""The public module `verify.trace`: marks in a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

import verify.tracing
from support.recorded import read_events
from verify import trace
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_marks_do_nothing_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program with marks runs as without them, and writes nothing."""
    monkeypatch.chdir(tmp_path)
    trace.step(1)
    trace.tensor("x", np.ones(3))
    trace.tensor("y", object())
    assert list(tmp_path.iterdir()) == []


def test_marks_are_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values have the step that was named; numbers of steps that begin again begin an epoch."""
    recorder = Recorder(tmp_path / "trace", level="calls")
    monkeypatch.setattr(verify.tracing, "active", recorder)
    for _ in range(2):
        for number in range(2):
            trace.step(number)
            trace.tensor("x", np.ones(3))
    recorder.close()
    events = read_events(tmp_path / "trace")
    assert [(event.get("epoch"), event["step"], event["occurrence"]) for event in events] == [
        (None, 0, 1),
        (None, 1, 1),
        (2, 0, 1),
        (2, 1, 1),
    ]
    assert {event["kind"] for event in events} == {"state"}
