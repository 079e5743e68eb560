"""The comparison of two traces as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.files.structure import to_json
from verify.rendering import elements
from verify.rendering.events import (
    describe_difference,
    describe_event,
    describe_mark,
    describe_split,
    name_event,
)

if TYPE_CHECKING:
    from verify.judging.arrays import ArrayDifference
    from verify.judging.traces.compare import TraceDivergence
    from verify.judging.traces.differences import EventDifference, MarkDifference
    from verify.judging.traces.growth import GrowthRow

_SHOWN = 10
_NO_VALUES = "values at the origin: the traces hold fingerprints; why runs both sides again and reads them"


def describe_first(found: TraceDivergence) -> dict[str, Any] | None:
    """Return the first difference as JSON."""
    event = found.origin
    if found.findings.split_first and found.findings.splits:
        split = found.findings.splits[0]
        sides = {side: None if not ids else name_event(ids[0]) for side, ids in (("a", split.a), ("b", split.b))}
        place = (*split.a, *split.b)[0]
        return {**describe_event(place), **sides, "ulp": None, "kind": "control-flow"}
    if event is None:
        return None
    row = find_element(found)
    if row is not None:
        body = elements.describe_array(row)
        return {**describe_event(event.a.id), **body, "tensor": row.tensor.partition(".")[2]}
    return {**describe_event(event.a.id), **describe_mark(find_mark(event))}


def describe_parts(found: TraceDivergence) -> dict[str, Any]:
    """Return what the comparison of traces adds to the answer of `diff --json`."""
    findings, row = found.findings, find_element(found)
    amplifier = findings.amplifier
    return {
        "origin": None if found.origin is None else _describe_origin(found.origin),
        "origins": [{**describe_event(event.a.id), "kind": event.a.kind} for event in findings.origins],
        "origin_count": findings.origin_count,
        "receivers": [
            {**describe_event(stage.first), "count": stage.count}
            for stage in list(findings.receivers.values())[:_SHOWN]
        ],
        "absorbed": findings.absorbed,
        "amplifier": None
        if amplifier is None
        else {
            **describe_event(amplifier.event.a.id),
            "measure": amplifier.measure,
            "before": amplifier.before,
            "after": amplifier.after,
        },
        "decision": None if findings.decision is None else describe_difference(findings.decision),
        "output": None if findings.output is None else describe_difference(findings.output),
        "order": None if findings.order is None else describe_difference(findings.order),
        "control_flow": [describe_split(split) for split in findings.splits],
        "growth": [_describe_growth(step) for step in findings.growth],
        "histogram": [] if row is None else elements.describe_histogram(row),
        "elements": [elements.describe_array(one) for one in found.elements or ()],
        "worlds": [{"field": one.path, "a": to_json(one.expected), "b": to_json(one.found)} for one in found.worlds],
    }


def _describe_origin(event: EventDifference) -> dict[str, Any]:
    return {**describe_difference(event), "exact": event.exact, "inputs_equal": not event.inputs}


def _describe_growth(row: GrowthRow) -> dict[str, Any]:
    names = ("epoch", "step")
    first, last = ({n: v for n, v in zip(names, at, strict=True) if v is not None} for at in (row.first, row.last))
    return {"first": first, "last": last, "events": row.events, "differing": row.differing, "ulp": row.ulp}


def describe_coverage(found: TraceDivergence) -> dict[str, Any]:
    """Return what was compared and what was not."""
    findings = found.findings
    return {
        "events": findings.events,
        "tensors": findings.tensors,
        "moved": findings.moved,
        "only_a": findings.only_a,
        "only_b": findings.only_b,
        "whole": not findings.gave_up and not found.partial,
        "not_compared": list_uncompared(found),
        "a": to_json(found.a.header.coverage),
        "b": to_json(found.b.header.coverage),
    }


def list_uncompared(found: TraceDivergence) -> list[str]:
    """Return what was not compared."""
    lacks = found.origin is not None and found.elements is None
    given_up = ["the rest: the traces part too often"] if found.findings.gave_up else []
    return [*([_NO_VALUES] if lacks else []), *given_up, *found.notes]


def find_element(found: TraceDivergence) -> ArrayDifference | None:
    """Return the first operand of the origin that differs, where its values are known; an output if one does."""
    return found.elements[0] if found.elements else None


def find_mark(event: EventDifference) -> MarkDifference:
    """Return the first tensor that differs in value, an output before an input."""
    rows = [*event.outputs, *event.inputs]
    return next((row for row in rows if row.kind != "memory-order"), rows[0])
