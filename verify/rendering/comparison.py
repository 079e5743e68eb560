"""The answer of `diff` for sides of any kind: JSON, text and Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.escaping import clean_line
from verify.judging.comparison import Classes
from verify.rendering import divergence, elements, pages, trace_objects, traces
from verify.rendering.pages import Page

if TYPE_CHECKING:
    from verify.judging.comparison import Comparison
    from verify.judging.files import FileDivergence

_MEMBERS = 20


def describe(found: Comparison | Classes) -> dict[str, Any]:
    """Return what `diff --json` prints."""
    if isinstance(found, Classes):
        return _describe_classes(found)
    body = _describe_parts(found)
    return {**body, "verdict": found.verdict, "sentence": write_sentence(found)}


def _describe_parts(found: Comparison) -> dict[str, Any]:
    if found.files is not None:
        return _describe_files(found.files)
    body = {} if found.runs is None else divergence.describe_divergence(found.runs)
    if found.traces is None:
        return body
    parts = trace_objects.describe_parts(found.traces)
    coverage = {**body.get("coverage", {}), **trace_objects.describe_coverage(found.traces)}
    first, kind = trace_objects.describe_first(found.traces), found.traces.kind
    if first is None and found.runs is not None:
        first, kind = body["first"], body["kind"]
    notes = [*body.get("notes", []), *found.traces.notes]
    return {
        "schema": divergence.SCHEMA,
        **body,
        **parts,
        "first": first,
        "kind": kind,
        "coverage": coverage,
        "notes": notes,
    }


def _describe_files(found: FileDivergence) -> dict[str, Any]:
    rows = [elements.describe_array(row) for row in found.rows]
    return {
        "schema": divergence.SCHEMA,
        "first": rows[0] if rows else None,
        "kind": found.kind,
        "tensors": rows,
        "histogram": rows[0]["histogram"] if rows else [],
        "coverage": {"arrays": len(found.names), "elements": found.elements, "not_compared": []},
    }


def _describe_classes(found: Classes) -> dict[str, Any]:
    partings = [(own, describe(own.parting)) for own in found.classes if own.parting is not None]
    first = partings[0][1] if partings else {}
    return {
        "schema": divergence.SCHEMA,
        "verdict": found.verdict,
        "sentence": _write_classes(found),
        "first": first.get("first"),
        "kind": first.get("kind"),
        "classes": [
            {"id": number, "members": [str(side.path) for side in own.members]}
            for number, own in enumerate(found.classes, start=1)
        ],
        "splits": [
            {
                "a": str(found.classes[0].members[0].path),
                "b": str(own.members[0].path),
                **{key: body[key] for key in ("verdict", "sentence", "first", "kind")},
            }
            for own, body in partings
        ],
        "coverage": {"compared": sum(len(own.members) for own in found.classes), "not_compared": []},
    }


def write_sentence(found: Comparison) -> str:
    """Return the answer in one sentence."""
    if found.files is not None:
        return _write_files(found.files)
    if found.traces is not None and (found.traces.differs or found.runs is None):
        return traces.write_sentence(found.traces)
    if found.runs is None:
        raise ValueError("nothing was compared")
    sentence = divergence.write_sentence(found.runs)
    if found.traces is None:
        return sentence
    if found.runs.verdict == "identical":
        return f"{sentence[:-1]}; {found.traces.findings.events} events of their traces agree."
    return f"{sentence[:-1]}; their traces do not differ."


def _write_files(found: FileDivergence) -> str:
    if not found.rows:
        arrays = f"{len(found.names)} array{'' if len(found.names) == 1 else 's'}"
        return f"The files are identical: {arrays} with {found.elements} elements agree."
    row = found.rows[0]
    distance = "" if row.ulp is None else f", {row.ulp} ulp"
    return (
        f"The files differ first in {row.tensor}{elements.name_place(row.index)}{distance}: {elements.KINDS[row.kind]}."
    )


def _write_classes(found: Classes) -> str:
    count = sum(len(own.members) for own in found.classes)
    if len(found.classes) == 1:
        return f"All {count} are identical."
    sizes = ", ".join(str(len(own.members)) for own in found.classes)
    return f"The {count} are in {len(found.classes)} classes of {sizes}: members of one class are identical."


def render_text(found: Comparison | Classes) -> str:
    """Return the answer as text."""
    if isinstance(found, Classes) or found.runs is None:
        return pages.render_text(build_page(found))
    if found.traces is None or not found.traces.differs:
        text = divergence.render_divergence(found.runs, steps=_has_steps(found))
        return "\n".join([clean_line(write_sentence(found)), *text.split("\n")[1:]])
    rest = divergence.render_divergence(found.runs).split("\n")
    return "\n".join([pages.render_text(traces.build_page(found.traces)), "", *rest[:-1]])


def _has_steps(found: Comparison) -> bool:
    """Return whether steps were compared, which takes two traces of steps."""
    both = found.traces
    return both is not None and all(side.header.level != "epoch" for side in (both.a, both.b))


def render_markdown(found: Comparison | Classes) -> str:
    """Return the answer as Markdown."""
    return pages.render_markdown(build_page(found))


def build_page(found: Comparison | Classes) -> Page:
    """Return the answer as a page."""
    if isinstance(found, Classes):
        return _build_classes(found)
    if found.files is not None:
        return _build_files(found.files)
    if found.traces is not None and (found.traces.differs or found.runs is None):
        return traces.build_page(found.traces)
    return _build_runs(found)


def _build_files(found: FileDivergence) -> Page:
    rows = [] if not found.rows else elements.list_rows(found.rows[0])
    histogram = [] if not found.rows else elements.build_histogram(found.rows[0])
    others = elements.build_table("Arrays that differ", found.rows) if len(found.rows) > 1 else []
    return Page(verdict=found.verdict, sentence=_write_files(found), rows=tuple(rows), sections=(*histogram, *others))


def _build_runs(found: Comparison) -> Page:
    """Return the page of two runs without a difference in their traces."""
    runs = found.runs
    if runs is None:
        raise ValueError("nothing was compared")
    first = runs.first
    rows: list[tuple[str, str]] = []
    if first is not None:
        rows = [(side, elements.write_value(value)) for side, value in (("a", first.a), ("b", first.b))]
        rows += [] if first.ulp is None else [("distance", f"{first.ulp} ulp")]
        rows.append(("kind", elements.KINDS[first.kind]))
    sections = [
        *elements.build_table("Final weights", runs.weights),
        *elements.build_table("Predictions", runs.predictions),
    ]
    last = (
        *runs.notes,
        *(f"not compared: {line}" for line in divergence.list_uncompared(runs, steps=_has_steps(found))),
    )
    return Page(
        verdict=found.verdict, sentence=write_sentence(found), rows=tuple(rows), sections=tuple(sections), last=last
    )


def _build_classes(found: Classes) -> Page:
    rows: list[tuple[str, str]] = []
    for number, own in enumerate(found.classes, start=1):
        shown = ", ".join(str(side.path) for side in own.members[:_MEMBERS])
        more = f" and {len(own.members) - _MEMBERS} more" if len(own.members) > _MEMBERS else ""
        rows.append((f"class {number}", f"{shown}{more}"))
    for number, own in enumerate(found.classes, start=1):
        if own.parting is not None:
            rows.append((f"1 and {number}", write_sentence(own.parting)))
    return Page(verdict=found.verdict, sentence=_write_classes(found), rows=tuple(rows))
