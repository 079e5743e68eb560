"""What recorded events show: each kind of beginning, from two traces that are written here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.why.beginning import read_beginning
from appliance.why.structure import read_structure
from verify.files.traces import open_trace
from verify.judging.arrays import compare_pair
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.why.shown import Structure

    Write = Callable[[Recorder], None]

X = np.arange(6.0)
Y = X + 1


def read(folder: Path, a: Write, b: Write) -> Structure:
    """Return what two traces show."""
    traces = []
    for name, write in (("a", a), ("b", b)):
        recorder = Recorder(folder / name, level="calls")
        write(recorder)
        recorder.close()
        traces.append(open_trace(folder / name))
    return read_structure(read_beginning(traces[0], traces[1]), {})


def seed(value: int) -> Write:
    """Record a generator that is made from a seed."""
    return lambda trace: void(
        trace.event("draw", "numpy.random.default_rng", inputs={"seed": value}, outputs={"state": f"PCG64 {value}"})
    )


def void(_: object) -> None:
    """Return nothing."""


def draw(*states: str, extra: bool = False) -> Write:
    """Record draws from states, perhaps one more of another kind before the others."""

    def write(trace: Recorder) -> None:
        if extra:
            trace.event("draw", "numpy.random.Generator.random", inputs={"state": "0"}, outputs={"result": 1.0})
        for state in states:
            trace.event("draw", "numpy.random.Generator.normal", inputs={"state": state}, outputs={"x": X * len(state)})

    return write


def operate(inputs: dict[str, object], output: object, kind: str = "operation", stage: str = "numpy.sum") -> Write:
    """Record one event."""
    return lambda trace: void(trace.event(kind, stage, inputs=inputs, outputs={"result": output}))


CASES: dict[str, tuple[Write, Write, str, str]] = {
    "seed": (seed(1), seed(2), "seed", "1 / 2"),
    "one draw more": (draw("0"), draw("00", extra=True), "draw", "1 draw more"),
    "shifted draws": (draw("0", "00", "000"), draw("00", "000", "0000"), "draw", "later draw"),
    "unknown state": (draw("0"), draw("9x"), "state", "another state"),
    "array as state": (
        operate({"state": X}, X, "draw", "numpy.random.Generator.normal"),
        operate({"state": Y}, Y, "draw", "numpy.random.Generator.normal"),
        "state",
        "another state",
    ),
    "seed of PyTorch": (
        operate({"state": X}, X, "draw", "torch.uniform_"),
        operate({"state": Y}, Y, "draw", "torch.uniform_"),
        "seed",
        "begins in another state",
    ),
    "number": (operate({"x": 0.1}, X), operate({"x": 0.2}, Y), "configuration", "0.1 / 0.2"),
    "array": (operate({"x": X}, X), operate({"x": Y}, Y), "data", "other values"),
    "layout": (
        operate({"x": X.reshape(2, 3)}, X),
        operate({"x": np.asfortranarray(X.reshape(2, 3))}, Y),
        "order",
        "order in memory",
    ),
    "file": (
        operate({"file": "a"}, X, "data", "numpy.load"),
        operate({"file": "b"}, Y, "data", "numpy.load"),
        "data",
        "reads other values",
    ),
    "hash": (
        operate({"0": "word"}, 1, "data", "builtins.hash"),
        operate({"0": "word"}, 2, "data", "builtins.hash"),
        "world",
        "equal arguments",
    ),
    "directory": (
        operate({}, "/a", "data", "os.getcwd"),
        operate({}, "/b", "data", "os.getcwd"),
        "directory",
        "/a / /b",
    ),
    "other bits": (operate({"x": X}, X), operate({"x": X}, Y), "world", "its output differs"),
    "other type": (operate({"x": X}, X), operate({"x": X}, X.astype("f4")), "configuration", "of equal inputs"),
}


@pytest.mark.parametrize("name", CASES)
def test_beginning_is_understood(tmp_path: Path, name: str) -> None:
    """Each planted beginning is given its own name, with what is recorded of it."""
    a, b, kind, words = CASES[name]
    found = read(tmp_path, a, b)
    assert (found.kind, words in found.mechanism) == (kind, True), found


def test_events_without_effect_are_no_beginning(tmp_path: Path) -> None:
    """Another state before a seed is set, with equal states after it, is not where the difference begins."""

    def write(before: str, result: object) -> Write:
        def all_events(trace: Recorder) -> None:
            trace.event("draw", "numpy.random.seed", inputs={"state": before, "0": 1}, outputs={"state": "s"})
            trace.event("operation", "numpy.sum", inputs={"x": X}, outputs={"result": result})

        return all_events

    assert read(tmp_path, write("p", X), write("q", Y)).kind == "world"


def test_seed_without_outputs_is_found(tmp_path: Path) -> None:
    """A function that sets a seed returns nothing: the draw that follows it shows the effect."""

    def write(value: int) -> Write:
        def all_events(trace: Recorder) -> None:
            trace.event("draw", "numpy.random.seed", inputs={"0": value})
            trace.event("draw", "numpy.random.rand", inputs={"state": f"MT {value}"}, outputs={"result": X + value})

        return all_events

    found = read(tmp_path, write(1), write(2))
    assert (found.kind, found.recorded, "1 / 2" in found.mechanism) == ("seed", True, True)


def test_same_values_in_another_order_are_an_order(tmp_path: Path) -> None:
    """With the values at hand, a permuted input is told from other data."""
    traces = []
    for name, value in (("a", X), ("b", X[::-1].copy())):
        recorder = Recorder(tmp_path / name, level="calls")
        recorder.event("data", "numpy.load", inputs={"file": name}, outputs={"result": value})
        recorder.close()
        traces.append(open_trace(tmp_path / name))
    row = compare_pair("out.result", X, X[::-1].copy())
    assert row is not None
    assert read_structure(read_beginning(traces[0], traces[1]), {"out.result": row}).kind == "order"
