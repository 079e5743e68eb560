"""Small traces with planted differences, recorded by the recorder itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

ORIGIN = (1, 3, "dense.forward", 1)
"""The event at which a planted difference begins."""


@attrs.frozen(kw_only=True)
class Plan:
    """What a small program does.

    Args:
        steps: of each of its two epochs.
        change: changes the output of the event `ORIGIN`.
        again: the step of the first epoch in which an operation comes once more.
        swapped: the step of the first epoch in which two operations change places.
        layout: the order in memory of the input of the event `ORIGIN`.
        captures: ids of events with operands to keep.
        world: what is recorded of the world.
        limit: the largest file of events, in bytes.
    """

    steps: int = 4
    change: Callable[[Floats], Floats] | None = None
    again: int | None = None
    swapped: int | None = None
    layout: str = "C"
    captures: tuple[Any, ...] = ()
    world: str = "Haswell"
    limit: int = 2**30


def record_trace(path: Path, plan: Plan | None = None, *, close: bool = True) -> Path:
    """Record the trace of a small program and return its directory."""
    plan = plan or Plan()
    recorder = Recorder(
        path,
        level="step",
        command=["program"],
        world={"blas": {"kernel": plan.world}},
        captures=plan.captures,
        limit=plan.limit,
    )
    random = np.random.default_rng(1)
    weight = random.standard_normal((8, 6)).astype(np.float32)
    for epoch in (1, 2):
        for step in range(1, plan.steps + 1):
            recorder.enter(epoch, step)
            weight = _take_step(recorder, plan, random.standard_normal((5, 8)).astype(np.float32), weight)
    if close:
        recorder.close({"not_seen": ["nothing of this kind"]})
    return path


def _take_step(recorder: Recorder, plan: Plan, batch: Floats, weight: Floats) -> Floats:
    place = recorder.place
    here = place == ORIGIN[:2]
    given = np.array(batch, order="F" if here and plan.layout == "F" else "C")
    recorder.event("data", "batch", outputs={"x": batch})
    output = np.asarray(batch @ weight, np.float32)
    if here and plan.change is not None:
        output = plan.change(output.copy())
    recorder.event("operation", "dense.forward", inputs={"x": given, "w": weight}, outputs={"y": output})
    if place == (1, plan.again):
        recorder.event("operation", "extra", inputs={"y": output}, outputs={"y": output})
    names = ["absolute", "square"]
    for name in names[:: -1 if place == (1, plan.swapped) else 1]:
        made = np.abs(output) if name == "absolute" else output * output
        recorder.event("operation", name, inputs={"y": output}, outputs={"z": made})
    loss = float(np.mean(output.astype(np.float64)))
    recorder.event("output", "loss", inputs={"y": output}, outputs={"loss": loss})
    recorder.event("decision", "argmax", inputs={"y": output}, outputs={"class": output.argmax(axis=1)})
    sound = output if output.shape == (5, 6) else batch @ weight
    following = weight - np.float32(0.001) * (batch.T @ sound)
    recorder.event("operation", "update", inputs={"w": weight, "y": output}, outputs={"w": following})
    return np.asarray(following, np.float32)
