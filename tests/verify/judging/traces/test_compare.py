"""Two traces compared: origin, what follows from it, control flow, and what cannot be judged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from support.planted_traces import ORIGIN, Plan, record_trace
from verify.errors import CouldNotJudgeError
from verify.files.traces import open_trace
from verify.judging.comparison import Comparison
from verify.judging.files import compare_files
from verify.judging.traces.compare import TraceDivergence, compare_traces
from verify.rendering import comparison as rendering
from verify.tracing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.planted_traces import Floats


def compare(tmp_path: Path, a: Plan, b: Plan) -> TraceDivergence:
    """Record two traces and compare them."""
    left, right = (open_trace(record_trace(tmp_path / name, plan)) for name, plan in (("a", a), ("b", b)))
    return compare_traces(left, right)


def answer(found: TraceDivergence) -> tuple[dict[str, Any], str]:
    """Return the answer as JSON and as text, and check what every answer must be."""
    whole = Comparison(a=found.a.path, b=found.b.path, traces=found)
    body, text = rendering.describe(whole), rendering.render_text(whole)
    assert {"schema", "verdict", "sentence", "first", "kind", "coverage"} <= set(body)
    assert json.loads(json.dumps(body, allow_nan=False)) == body
    assert " ".join(text.split()).startswith(body["sentence"])
    assert all(len(line) <= 80 for line in text.splitlines())
    assert rendering.render_markdown(whole).startswith(f"**{body['verdict']}**: ")
    if body["first"] is not None:
        assert {"a", "b", "ulp"} <= set(body["first"])
    return body, text


def shift(output: Floats) -> Floats:
    """Return the output with one element one ulp larger."""
    output[1, 2] = np.nextafter(output[1, 2], np.float32(99))
    return output


def test_equal_traces_are_identical(tmp_path: Path) -> None:
    """All events agree, and so many are compared."""
    found = compare(tmp_path, Plan(), Plan())
    body, text = answer(found)
    assert (found.verdict, body["first"], body["kind"]) == ("identical", None, None)
    assert body["coverage"]["events"] == 56
    assert text.startswith("The traces are identical: 56 events with 120 tensors agree.")


def test_one_ulp_in_one_element_has_one_origin(tmp_path: Path) -> None:
    """Equal inputs, another output: the origin; everything that comes later receives."""
    found = compare(tmp_path, Plan(), Plan(change=shift, world="Nehalem"))
    body, _ = answer(found)
    origin = body["origin"]
    assert (origin["epoch"], origin["step"], origin["stage"], origin["occurrence"]) == ORIGIN
    assert (origin["exact"], origin["inputs_equal"], body["origin_count"]) == (True, True, 1)
    assert body["origins"] == [{"epoch": 1, "step": 3, "stage": "dense.forward", "occurrence": 1, "kind": "operation"}]
    assert [row["stage"] for row in body["receivers"]][:2] == ["absolute", "square"]
    assert "batch" not in [row["stage"] for row in body["receivers"]]
    assert body["output"]["stage"] == "loss"
    assert body["output"]["outputs"][0]["ulp"] >= 1
    assert body["growth"][0]["first"] == {"epoch": 1, "step": 3}
    assert body["worlds"] == [{"field": "world.blas.kernel", "a": "Haswell", "b": "Nehalem"}]
    assert body["sentence"] == (
        "The traces differ first at epoch 1, step 3, dense.forward: output y; its inputs are equal."
    )
    assert "why" in str(body["coverage"]["not_compared"])


CHANGES: dict[str, tuple[Callable[[Floats], Floats], str, int]] = {
    "one ulp": (shift, "one-ulp", 1),
    "another shape": (lambda y: y[:, :-1], "shape", 30),
    "another type": (lambda y: y.astype(np.float64), "dtype", 30),
    "signs": (lambda y: np.where(np.arange(6) == 2, -y, y), "sign-flips", 5),
    "rows": (lambda y: y[[1, 0, 2, 3, 4]], "rows-permuted", 12),
    "everything": (lambda y: y + 1, "all-elements", 30),
}


@pytest.mark.parametrize("name", CHANGES)
def test_captured_operands_give_element_and_kind(name: str, tmp_path: Path) -> None:
    """Where the operands of the origin were captured, the first difference is an element."""
    change, kind, count = CHANGES[name]
    found = compare(tmp_path, Plan(captures=(ORIGIN,)), Plan(captures=(ORIGIN,), change=change))
    body, _ = answer(found)
    assert (body["kind"], body["first"]["tensor"]) == (kind, "y")
    if body["first"]["index"] is not None:
        assert body["first"]["differing"] == count
        assert float.fromhex(body["first"]["a_hex"]) == body["first"]["a"]
        assert sum(row["count"] for row in body["histogram"]) == count


def test_an_input_in_another_order_in_memory_is_found(tmp_path: Path) -> None:
    """Equal in value and in another order: named where nothing differs, and as the kind where the output does."""
    alone = compare(tmp_path / "1", Plan(), Plan(layout="F"))
    body, text = answer(alone)
    assert (alone.verdict, body["order"]["stage"]) == ("identical", "dense.forward")
    assert "only the order in memory differs" in text.replace("\n", " ")
    both = compare(tmp_path / "2", Plan(), Plan(layout="F", change=shift))
    body, text = answer(both)
    assert (body["kind"], body["origin"]["exact"]) == ("memory-order", True)
    assert "differ in their order in memory" in text.replace("\n", " ")


def test_captured_inputs_in_another_order_in_memory_are_told(tmp_path: Path) -> None:
    """Their values agree, and still they are evidence."""
    plans = (Plan(captures=(ORIGIN,), layout=layout, change=change) for layout, change in (("C", None), ("F", shift)))
    body, _ = answer(compare(tmp_path, *plans))
    assert [(row["tensor"], row["kind"]) for row in body["elements"]] == [
        ("out.y", "one-ulp"),
        ("in.x", "memory-order"),
    ]


def test_a_stage_that_receives_can_be_an_origin_as_well(tmp_path: Path) -> None:
    """Later its inputs are equal but for their order in memory, and its output differs: another cause."""
    x = np.arange(6.0).reshape(2, 3)

    def run(change: float, order: Any) -> list[Any]:  # noqa: ANN401 - one of NumPy's orders
        return [
            ("operation", "start", {"x": x}, {"y": x + change}),
            ("operation", "f", {"y": x + change}, {"z": x * (1 + change)}),
            ("operation", "f", {"y": np.array(x, order=order)}, {"z": x - change}),
        ]

    body, _ = compare_own(tmp_path, run(0, "C"), run(1, "F"))
    assert [(row["stage"], row["occurrence"]) for row in body["origins"]] == [("start", 1), ("f", 2)]
    assert [(row["stage"], row["count"]) for row in body["receivers"]] == [("f", 1)]


def test_growth_has_a_bounded_number_of_rows(tmp_path: Path) -> None:
    """Steps are put together; no event is lost, and no step stands twice."""
    body, _ = answer(compare(tmp_path, Plan(steps=150), Plan(steps=150, change=shift)))
    rows = body["growth"]
    assert 32 <= len(rows) <= 64
    assert sum(row["events"] for row in rows) == body["coverage"]["events"] - 2 * 7 - 1
    ends = [[(row[end]["epoch"], row[end]["step"]) for row in rows] for end in ("first", "last")]
    assert ends[0] == sorted(set(ends[0]))
    assert all(last < first for last, first in zip(ends[1], ends[0][1:], strict=False))
    assert (ends[0][0], ends[1][-1]) == ((1, 3), (2, 150))


def test_control_flow_has_a_kind_of_its_own(tmp_path: Path) -> None:
    """One operation more, at its place; the values all agree."""
    found = compare(tmp_path, Plan(), Plan(again=3))
    body, text = answer(found)
    assert (body["verdict"], body["kind"], body["origin"]) == ("different", "control-flow", None)
    assert body["control_flow"][0]["after"]["stage"] == "dense.forward"
    assert (body["coverage"]["only_a"], body["coverage"]["only_b"]) == (0, 1)
    assert text.startswith("The control flow differs after epoch 1, step 3, dense.forward: only b")


def test_a_value_before_the_control_flow_is_the_first_difference(tmp_path: Path) -> None:
    """The control flow follows, and is told as well."""
    body, _ = answer(compare(tmp_path, Plan(), Plan(change=shift, again=4)))
    assert body["origin"]["step"] == 3
    assert body["kind"] == "values"
    assert body["control_flow"][0]["after"]["step"] == 4


def test_events_in_another_order_are_the_same_events(tmp_path: Path) -> None:
    """Two operations that change places differ in nothing."""
    found = compare(tmp_path, Plan(), Plan(swapped=2))
    assert found.verdict == "identical"
    assert found.findings.moved == 2


def record_own(path: Path, *events: tuple[str, str, dict[str, Any], dict[str, Any]]) -> Path:
    """Record a trace of given events: kind, stage, inputs, outputs."""
    recorder = Recorder(path, level="calls", command=["x"])
    for kind, stage, inputs, outputs in events:
        recorder.event(kind, stage, inputs=inputs, outputs=outputs)
    recorder.close()
    return path


def compare_own(tmp_path: Path, a: list[Any], b: list[Any]) -> tuple[dict[str, Any], str]:
    """Return the answer for two lists of events."""
    left, right = (open_trace(record_own(tmp_path / name, *rows)) for name, rows in (("a", a), ("b", b)))
    return answer(compare_traces(left, right))


def test_unseen_operations_make_it_at_or_before(tmp_path: Path) -> None:
    """Inputs that differ though no event made them, and events without inputs, are no certain origin."""
    one, two = np.ones(3), np.full(3, 2.0)
    for inputs in (({"x": one}, {"x": two}), ({}, {})):
        rows = [[("operation", "f", given, {"y": side})] for given, side in zip(inputs, (one, two), strict=True)]
        body, text = compare_own(tmp_path / str(len(inputs[0])), *rows)
        assert body["origin"]["exact"] is False
        assert text.startswith("The traces differ first at or before f")


@pytest.mark.parametrize("kind", ["data", "draw"])
def test_other_data_and_other_draws_are_certain(kind: str, tmp_path: Path) -> None:
    """They need no input."""
    body, _ = compare_own(tmp_path, [(kind, "s", {}, {"x": np.ones(2)})], [(kind, "s", {}, {"x": np.zeros(2)})])
    assert (body["kind"], body["origin"]["exact"]) == (kind, True)


def test_a_difference_can_be_absorbed_and_grow(tmp_path: Path) -> None:
    """The distance of single numbers tells what makes it larger; a decision that flips is named."""
    x, y = 1.0, float(np.nextafter(1.0, 2))

    def run(value: float) -> list[Any]:
        return [
            ("operation", "start", {"a": 1}, {"x": value}),
            ("operation", "grow", {"x": value}, {"y": (value - 1) * 2**40 + 1}),
            ("operation", "round", {"x": value}, {"z": float(round(value))}),
            ("decision", "if", {"x": value}, {"truth": value > 1}),
        ]

    body, _ = compare_own(tmp_path, run(x), run(y))
    assert (body["origin"]["stage"], body["first"]["ulp"], body["kind"]) == ("start", 1, "one-ulp")
    assert (body["absorbed"], body["amplifier"]["stage"]) == (1, "grow")
    assert (body["amplifier"]["before"], body["amplifier"]["after"]) == (1, 2**40)
    assert (body["decision"]["stage"], body["decision"]["outputs"][0]["a"]) == ("if", 0)


def test_an_event_without_effect_is_first_only_where_nothing_else_differs(tmp_path: Path) -> None:
    """What a later event makes is the first difference; without one, the answer says that the outputs are equal."""
    ends = np.ones(2), np.zeros(2)
    sides = [
        [("operation", "sorted", {"x": i}, {"y": 1}), ("operation", "f", {"x": 1}, {"y": ends[i]})] for i in (0, 1)
    ]
    body, _ = compare_own(tmp_path / "effect", *sides)
    assert (body["first"]["stage"], body["absorbed"]) == ("f", 1)
    body, text = compare_own(tmp_path / "none", sides[0][:1], sides[1][:1])
    assert (body["verdict"], body["first"]["stage"]) == ("different", "sorted")
    assert "input x, " in body["sentence"] or "input x; its outputs are equal" in body["sentence"]
    assert "1 event had other inputs" in text


def test_a_single_number_has_no_place(tmp_path: Path) -> None:
    """The values of a single number are told without the place of an element."""
    paths = [tmp_path / f"{side}.npz" for side in "ab"]
    for path, value in zip(paths, (1.0, 2.0), strict=True):
        np.savez(path, loss=np.float64(value))
    found = compare_files(*paths)
    text = rendering.render_text(Comparison(a=paths[0], b=paths[1], files=found))
    assert text.startswith("The files differ first in loss, 4503599627370496 ulp")
    assert "[]" not in text


def test_a_seed_is_the_first_difference(tmp_path: Path) -> None:
    """A seed has no output; draws follow from it, so that it absorbs nothing."""
    sides = [[("draw", "seed", {"0": i}, {}), ("draw", "rand", {}, {"y": float(i)})] for i in (0, 1)]
    body, text = compare_own(tmp_path, *sides)
    assert (body["first"]["stage"], body["absorbed"], body["kind"]) == ("seed", 0, "draw")
    assert body["sentence"] == "The traces differ first at seed: input 0; later draws follow from it."
    assert [line.split() for line in text.splitlines() if line.startswith(("  a ", "  b "))] == [["a", "0"], ["b", "1"]]


def test_an_event_without_inputs_is_no_cause_of_its_own(tmp_path: Path) -> None:
    """Only events with equal inputs that were recorded are counted as origins beside the first."""
    sides = [[("operation", "f", {"x": 1}, {"y": i}), ("state", "weights", {}, {"w": i})] for i in (0, 1)]
    body, text = compare_own(tmp_path, *sides)
    assert (body["origin_count"], [row["stage"] for row in body["origins"]]) == (1, ["f"])
    assert "origins" not in text


def test_parts_of_a_large_tensor_tell_where(tmp_path: Path) -> None:
    """Without values, the parts give a range of elements, which has the one that was changed."""
    a = np.zeros(2**20, np.float32)
    b = a.copy()
    b[700_000] = 1
    rows = [[("operation", "f", {"i": 1}, {"y": side})] for side in (a, b)]
    body, text = compare_own(tmp_path, *rows)
    start, stop = body["first"]["elements"]
    assert start <= 700_000 < stop
    assert stop - start <= 2**20 // 32
    assert f"elements {start} to {stop - 1}" in text.replace("\n", " ").replace("               ", " ")


def test_two_functions_are_never_compared(tmp_path: Path) -> None:
    """Their fingerprints mean nothing to each other."""
    paths = [record_trace(tmp_path / name) for name in "ab"]
    header = json.loads((paths[1] / "header.json").read_text())
    (paths[1] / "header.json").write_text(json.dumps({**header, "function": "xor/1"}))
    with pytest.raises(CouldNotJudgeError, match="two functions"):
        compare_traces(open_trace(paths[0]), open_trace(paths[1]))


def test_nothing_compared_is_no_answer(tmp_path: Path) -> None:
    """Two empty traces, one empty trace, and two programs without an event in common."""
    event: Any = ("operation", "f", {}, {"y": 1.0})
    other: Any = ("operation", "g", {}, {"y": 1.0})
    for number, (a, b) in enumerate((([], []), ([event], []), ([event], [other]))):
        with pytest.raises(CouldNotJudgeError, match="no event in common"):
            compare_own(tmp_path / str(number), a, b)


def test_a_trace_that_is_not_whole_proves_no_equality(tmp_path: Path) -> None:
    """Killed, or cut at its limit; a difference in it is one all the same."""
    whole = record_trace(tmp_path / "a")
    killed = record_trace(tmp_path / "b", close=False)
    cut = record_trace(tmp_path / "c", Plan(limit=4000))
    changed = record_trace(tmp_path / "d", Plan(change=shift), close=False)
    assert compare_traces(open_trace(whole), open_trace(killed)).verdict == "could-not-judge"
    assert compare_traces(open_trace(cut), open_trace(cut)).verdict == "could-not-judge"
    assert compare_traces(open_trace(whole), open_trace(changed)).verdict == "different"


def test_a_trace_of_epochs_is_compared_with_one_of_steps(tmp_path: Path) -> None:
    """Only events without a step are compared, and that is told."""
    for name, level in (("a", "epoch"), ("b", "step")):
        recorder = Recorder(tmp_path / name, level=level, command=["x"])
        if level == "step":
            recorder.enter(1, 1)
            recorder.event("operation", "f", outputs={"y": 1.0})
        recorder.enter(1, None)
        recorder.event("state", "weights", outputs={"w": np.ones(3)})
        recorder.close()
    found = compare_traces(open_trace(tmp_path / "a"), open_trace(tmp_path / "b"))
    assert (found.verdict, found.findings.events) == ("identical", 1)
    assert "only one of the traces has steps" in found.notes[0]


def test_other_processes_are_compared_by_their_names(tmp_path: Path) -> None:
    """A difference in another process is found; a process that only one trace has leaves the answer open."""
    for name, value in (("a", 1.0), ("b", 2.0), ("c", None)):
        record_own(tmp_path / name, ("operation", "f", {}, {"y": 1.0}))
        if value is not None:
            recorder = Recorder(tmp_path / name, level="calls", command=["x"], main=False)
            recorder.event("operation", "g", inputs={"i": 1}, outputs={"y": value})
            recorder.close()
    a, b, c = (open_trace(tmp_path / name) for name in "abc")
    assert compare_traces(a, b).verdict == "different"
    assert compare_traces(a, a).verdict == "identical"
    assert compare_traces(a, c).verdict == "could-not-judge"


def _record_worker(path: Path, last: float) -> Path:
    """Record a trace of two processes in which the events of one number are different ones, with their operands."""
    stage = (None, None, "work", 1)
    values = np.arange(4, dtype=np.float32)
    recorder = Recorder(path, level="calls", captures=[(None, None, "start", 1), stage])
    recorder.event("operation", "start", inputs={"x": values * 7}, outputs={"y": values * 8})
    worker = Recorder(path, level="calls", captures=[stage], main=False)
    worker.event("operation", "work", inputs={"x": values}, outputs={"y": np.append(values[:3], np.float32(last))})
    worker.close()
    recorder.close()
    return path


def test_operands_of_a_worker_are_those_of_its_process(tmp_path: Path) -> None:
    """The event has the number of one of the first process, with other operands that are equal on both sides."""
    a, b = (open_trace(_record_worker(tmp_path / name, last)) for name, last in (("a", 3), ("b", 5)))
    names = {path.name for path in (a.path / "tensors").iterdir()}
    assert names == {"1.npz", "1-1.npz"}
    found = compare_traces(a, b)
    assert found.origin is not None
    assert (found.origin.a.stage, found.origin.processes) == ("work", ("1", "1"))
    assert found.elements is not None
    (row,) = found.elements
    assert (row.tensor, row.differing, row.index) == ("out.y", 1, (3,))


def test_workers_that_changed_their_tasks_are_identical(tmp_path: Path) -> None:
    """Which worker of a pool gets a task is chance: equal files belong together, whatever their names are."""
    paths = [record_trace(tmp_path / name, Plan()) for name in ("a", "b")]
    lines = (paths[0] / "events.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    shares = ["".join(lines[:10]), "".join(lines[:20])]
    for path, (one, other) in zip(paths, ((0, 1), (1, 0)), strict=True):
        (path / "events-SpawnPoolWorker-1.jsonl").write_text(shares[one], encoding="utf-8")
        (path / "events-SpawnPoolWorker-2.jsonl").write_text(shares[other], encoding="utf-8")
    assert compare_traces(open_trace(paths[0]), open_trace(paths[1])).verdict == "identical"
    (paths[1] / "events-SpawnPoolWorker-1.jsonl").write_text(shares[0], encoding="utf-8")
    found = compare_traces(open_trace(paths[0]), open_trace(paths[1]))
    assert (found.verdict, found.kind) == ("different", "control-flow")
    assert "which worker gets a task may be chance" in " ".join(answer(found)[1].split())
