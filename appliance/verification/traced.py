"""Trains with a trace of every step, for goldens that commit to one."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.runs.traced import TracePlan, record_training
from verify.errors import CouldNotJudgeError
from verify.files.traces import open_trace
from verify.judging.heads import take_heads

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from appliance.training.tracing import TrainingTrace
    from verify.files.golden import TraceOutcome

    Outcome = TypeVar("Outcome")

_FOLDER = "trace"


def train_traced(train: Callable[[TrainingTrace], Outcome]) -> tuple[Outcome, TraceOutcome]:
    """Train with a trace of every step, which is read and removed again.

    Args:
        train: trains, and tells this trace about it.

    Raises:
        CouldNotJudgeError: the trace could not be written whole.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / _FOLDER
        with record_training(TracePlan(level="step"), folder, {}) as trace:
            outcome = train(trace)
        found = take_heads(open_trace(folder).header)
        if found is None or trace.recorder.left_out:
            raise CouldNotJudgeError(
                "the trace of a training is not whole",
                expected="every event",
                found=f"{trace.recorder.left_out} events are missing",
                remedy="make room in the directory for temporary files (TMPDIR)",
            )
    return outcome, found
