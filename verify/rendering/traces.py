"""The comparison of two traces as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.rendering import elements
from verify.rendering.elements import KINDS
from verify.rendering.events import (
    count_events,
    find_value,
    name_event,
    name_scope,
    name_split,
    write_form,
)
from verify.rendering.pages import Page, Section
from verify.rendering.tables import Table
from verify.rendering.trace_objects import find_element, find_mark, list_uncompared

if TYPE_CHECKING:
    from verify.judging.traces.compare import TraceDivergence
    from verify.judging.traces.differences import EventDifference, MarkDifference
    from verify.judging.traces.growth import GrowthRow

_SHOWN = 10


def write_sentence(found: TraceDivergence) -> str:
    """Return the comparison in one sentence."""
    findings = found.findings
    if findings.split_first and findings.splits:
        return f"The control flow differs {name_split(findings.splits[0])}."
    event = found.origin
    if event is None and found.partial:
        return "No difference was found, but a trace is not whole, so that nothing follows from it."
    if event is None:
        layout = "" if findings.order is None else f"; only the order in memory differs, at {_name(findings.order)}"
        return f"The traces are identical: {findings.events} events with {findings.tensors} tensors agree{layout}."
    where = "at" if event.exact else "at or before"
    return f"The traces differ first {where} {_name(event)}: {_name_tensor(found, event)}; {_name_inputs(event)}."


def _name(event: EventDifference) -> str:
    place = f" in {event.a.at}" if event.a.at else ""
    return f"{name_event(event.a.id)}{place}"


def _name_tensor(found: TraceDivergence, event: EventDifference) -> str:
    row, mark = find_element(found), find_mark(event)
    side = "output" if event.outputs else "input"
    if row is None:
        distance = "" if mark.ulp is None else f", {mark.ulp} ulp"
        return f"{side} {mark.name}{distance}"
    distance = "" if row.ulp is None else f", {row.ulp} ulp"
    return f"{side} {row.tensor.partition('.')[2]}{elements.name_place(row.index)}{distance}"


def _name_inputs(event: EventDifference) -> str:
    if event.ordered:
        return "its inputs are equal in value and differ in their order in memory"
    if event.sets:
        return "later draws follow from it"
    if event.inputs:
        return "its inputs differ, too" if event.outputs else "its outputs are equal"
    return "its inputs are equal" if event.a.inputs else "no input was recorded"


def build_page(found: TraceDivergence) -> Page:
    """Return the comparison as a page."""
    event, row = found.origin, find_element(found)
    rows: list[tuple[str, str]] = []
    if event is not None and not (found.findings.split_first and found.findings.splits):
        rows += elements.list_rows(row) if row is not None else _list_mark(found, event)
    rows += _list_consequences(found)
    rows += [("world", f"{one.path}: {one.expected} / {one.found}") for one in found.worlds[:_SHOWN]]
    histogram = [] if row is None else elements.build_histogram(row)
    return Page(
        verdict=found.verdict,
        sentence=write_sentence(found),
        rows=tuple(rows),
        sections=(*histogram, *_build_growth(found)),
        last=tuple(f"not compared: {line}" for line in list_uncompared(found)),
    )


def _list_mark(found: TraceDivergence, event: EventDifference) -> list[tuple[str, str]]:
    mark = find_mark(event)
    rows = [("kind", KINDS.get(found.kind or "", found.kind or ""))]
    rows += [(side, _write_side(mark, side)) for side in "ab"]
    if mark.elements is not None and mark.a is not None:
        start, stop = mark.elements
        share = f"{len(mark.chunks)} of {len(mark.a.chunks)} parts differ"
        rows.append(("elements", f"the first is one of the elements {start} to {stop - 1} in C order; {share}"))
    return rows


def _write_side(mark: MarkDifference, side: str) -> str:
    """Return value and form of one side; the form of a single number is left out if both are of one type."""
    tensor = mark.a if side == "a" else mark.b
    if tensor is None:
        return "no such tensor"
    single = mark.kind == "values" and not tensor.shape
    return _write_value(mark, side) if single else f"{_write_value(mark, side)}, {write_form(tensor)}"


def _write_value(mark: MarkDifference, side: str) -> str:
    tensor = mark.a if side == "a" else mark.b
    value = find_value(tensor)
    plain = tensor is not None and tensor.value is None
    return f"fingerprint {value}" if plain else elements.write_value(value)


def _list_consequences(found: TraceDivergence) -> list[tuple[str, str]]:
    findings = found.findings
    rows: list[tuple[str, str]] = []
    if findings.receivers:
        stages = [f"{stage.stage} ({stage.count})" for stage in list(findings.receivers.values())[:_SHOWN]]
        more = f" and {len(findings.receivers) - _SHOWN} more" if len(findings.receivers) > _SHOWN else ""
        rows.append(("receivers", f"{', '.join(stages)}{more}"))
    if findings.origin_count > 1:
        stages = list(dict.fromkeys(event.a.stage for event in findings.origins))
        listed = f"{', '.join(stages[:_SHOWN])}{' and others' if len(stages) > _SHOWN else ''}"
        rows.append(("origins", f"{findings.origin_count} events have equal inputs and other outputs: {listed}"))
    if findings.absorbed:
        rows.append(("absorbed", f"{count_events(findings.absorbed)} had other inputs and equal outputs"))
    if (grown := findings.amplifier) is not None:
        measure = "ulp" if grown.measure == "ulp" else "of the parts"
        rows.append(("amplifier", f"{_name(grown.event)}: from {grown.before:.3g} to {grown.after:.3g} {measure}"))
    if findings.decision is not None:
        rows.append(("decision", f"the first that differs: {_name_flip(findings.decision)}"))
    if findings.output is not None:
        rows.append(("output", f"the first that differs: {_name_flip(findings.output)}"))
    if findings.order is not None and found.origin is not findings.order:
        rows.append(("order", f"another order in memory first at {_name(findings.order)}"))
    if findings.splits and not findings.split_first:
        rows.append(("control flow", f"differs {name_split(findings.splits[0])}"))
    return rows


def _name_flip(event: EventDifference) -> str:
    mark = find_mark(event)
    return f"{_name(event)}: {_write_value(mark, 'a')} / {_write_value(mark, 'b')}"


def _build_growth(found: TraceDivergence) -> list[Section]:
    rows = found.findings.growth
    if len(rows) < 2 or not found.differs:  # noqa: PLR2004 - one step is in the sentence
        return []
    shown = rows if len(rows) <= _SHOWN else (*rows[: _SHOWN - 1], rows[-1])
    cells = [(_name_range(row), row.differing, row.events, "" if row.ulp is None else row.ulp) for row in shown]
    columns = ("step", "differ", "events", "ulp")
    table = Table(columns=columns, rows=cells, right=frozenset({"differ", "events", "ulp"}))
    return [Section(title="Growth by step:", table=table)]


def _name_range(row: GrowthRow) -> str:
    first, last = (name_scope(*place) or "outside" for place in (row.first, row.last))
    return first if first == last else f"{first} to {last}"
