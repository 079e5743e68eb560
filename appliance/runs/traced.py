"""Records the trace of a training into a directory, and says how the training was started."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from appliance.training.tracing import TrainingTrace
from verify.errors import UsageError
from verify.judging.heads import LAYOUT, TRAINING
from verify.tracing.captures import read_captures
from verify.tracing.recorder import Recorder
from verify.tracing.world import read_variables, read_world

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from verify.digests import JsonValue
    from verify.files.checkpoint import TraceLevel
    from verify.tracing.recorder_state import RecorderState

LEVELS: tuple[TraceLevel, ...] = ("epoch", "step")
LEFT_OUT = (
    "gradients of weights, and layers without parameters: a replay records them",
    "weights of more than 64 KiB and their samples between every thirty-second step: a replay reads them at every step",
)
STEP_LAYOUT = 1
"""Which events a step has; raised when the lines of a training change, because goldens may hold their digest."""


@attrs.frozen(kw_only=True)
class TracePlan:
    """What a trace of a training holds.

    Args:
        level: epochs, or every step.
        detailed: gradients of weights, too.
        first: the first epoch with steps.
        captures: a file with ids of events with operands to keep; None for none.
    """

    level: TraceLevel
    detailed: bool = False
    first: int = 1
    captures: Path | None = None


def parse_plan(level: str | None, settings: Path | None = None) -> TracePlan | None:
    """Return the plan for a level, or None without one.

    Args:
        level: "epoch" or "step".
        settings: a JSON file with further settings, which `appliance.replay` writes.

    Raises:
        UsageError: there is no such level.
    """
    if level is None:
        return None
    for known in LEVELS:
        if level == known:
            more = {} if settings is None else json.loads(settings.read_text(encoding="utf-8"))
            captures = None if settings is None or not more.pop("captures", False) else settings.with_name(CAPTURES)
            return TracePlan(level=known, captures=captures, **more)
    raise UsageError("there is no such level of a trace", expected=" or ".join(LEVELS), found=level, where="--trace")


CAPTURES = "captures.json"
"""The file beside the settings of a replay that lists the events with operands to keep."""


@contextmanager
def record_training(
    plan: TracePlan,
    directory: Path,
    started: Mapping[str, JsonValue],
    resume: tuple[RecorderState, Path] | None = None,
) -> Iterator[TrainingTrace]:
    """Yield what a training is told to; the trace is complete when it has ended well.

    Args:
        plan: what is recorded.
        directory: an empty directory for the trace.
        started: profile, threads and other settings, for the header.
        resume: how far the trace of an earlier process is, and its file of events.
    """
    recorder = Recorder(
        directory,
        level=plan.level,
        command=["repro-appliance", "train"],
        details={"environment": read_variables(), TRAINING: {**started, LAYOUT: STEP_LAYOUT}},
        captures=() if plan.captures is None else read_captures(plan.captures),
    )
    if resume is not None:
        recorder.take_over(*resume)
    trace = TrainingTrace(recorder, steps=plan.level == "step", detailed=plan.detailed, first=plan.first)
    yield trace
    trace.flush()
    not_seen = list(LEFT_OUT) if plan.level == "step" and not plan.detailed else []
    recorder.close({"not_seen": not_seen}, world=read_world())
