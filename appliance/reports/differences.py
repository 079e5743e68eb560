"""The sections of a comparison: an answer of `diff`, or of `why` with the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.reports.bodies import take_bodies, take_body, take_number, take_text, take_texts
from appliance.reports.page import Facts, Figure, Folded, Grid, Items, Part, Section, Text, make_grid, shorten, tidy
from appliance.reports.pictures import draw_bars
from verify.rendering.elements import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.reports.bodies import Body
    from appliance.reports.page import Block

_PLACE = ("epoch", "step", "stage", "field", "occurrence", "tensor")
_MEMBERS = 20
_CLASSES = 40


def build_difference(body: Body) -> Part:
    """Return the part of an answer of `diff --json`."""
    return Part(
        kind="comparison",
        title="Comparison",
        verdict=take_text(body, "verdict"),
        sentence=take_text(body, "sentence"),
        sections=list_difference(body),
    )


def build_cause(body: Body) -> Part:
    """Return the part of an answer of `why --json`."""
    return Part(
        kind="cause of a difference",
        title="Why the results differ",
        verdict=take_text(body, "verdict"),
        sentence=take_text(body, "sentence"),
        sections=(*_list_cause(body), *list_difference(body)),
    )


def list_difference(body: Body) -> tuple[Section, ...]:
    """Return the sections of the JSON object of `diff`."""
    first = take_body(body, "first")
    return (
        Section(title="First difference", blocks=(_describe_first(first),) if first else ()),
        Section(title="Classes", blocks=_list_classes(body)),
        Section(title="Distances", blocks=_draw_distances(body)),
        Section(title="Tensors that differ", blocks=_list_tensors(body)),
        Section(title="What differs, stage by stage", blocks=_list_places(body)),
        Section(title="How the difference grows", blocks=_list_growth(body)),
        Section(title="Worlds of the two sides", blocks=_list_worlds(body)),
        Section(title="What was compared", blocks=_describe_coverage(body)),
    )


def _describe_first(first: Body) -> Facts:
    rows: list[tuple[str, object]] = [(name, first[name]) for name in _PLACE if first.get(name) not in (None, "")]
    if isinstance(first.get("index"), list):
        rows.append(("element", f"[{', '.join(map(str, first['index']))}]"))
    rows += [(f"value of {side}", _write_value(first, side)) for side in ("a", "b") if side in first]
    ulp = first.get("ulp")
    rows += [] if ulp is None else [("distance", f"{ulp} ulp")]
    kind = first.get("kind")
    return Facts(rows=[*rows, *([("kind", KINDS.get(str(kind), kind))] if kind else [])])


def _write_value(row: Body, side: str) -> str:
    """Return a value in decimal with what is exact: hexadecimal, bits, the type of what has only a fingerprint."""
    exact = (row.get(f"{side}_{what}") for what in ("hex", "bits", "is"))
    known = [tidy(value) for value in exact if value is not None]
    value = shorten(row.get(side))
    return f"{value} ({', '.join(known)})" if known else value


def _list_classes(body: Body) -> tuple[Grid, ...]:
    classes, splits = take_bodies(body, "classes"), take_bodies(body, "splits")
    if not classes:
        return ()
    rows = [(row.get("id"), len(take_texts(row, "members")), take_texts(row, "members")[:_MEMBERS]) for row in classes]
    parted = [(row.get("a"), row.get("b"), row.get("verdict"), row.get("sentence")) for row in splits]
    found = make_grid("Members of one class are identical", ("class", "count", "members"), rows, right=["count"])
    names = ("one", "other", "verdict", "first difference")
    other = make_grid("First differences between classes", names, parted, status="verdict", most=_CLASSES)
    return (found, other) if parted else (found,)


def _draw_distances(body: Body) -> tuple[Figure, ...]:
    """Return the histograms: of the first tensor that differs, or of the operation at the origin."""
    found = take_bodies(body, "histogram")
    rows = [(take_text(row, "ulp") or str(row.get("ulp")), take_number(row, "count") or 0.0) for row in found]
    figure = draw_bars(
        rows,
        axis="elements",
        caption=f"How many elements{_name_histogram(body)} have which distance, in units in the last place (ulp)",
        columns=("distance in ulp", "elements"),
    )
    return () if figure is None else (figure,)


def _name_histogram(body: Body) -> str:
    """Return of which tensor the histogram is: the one at the origin, or the first that differs."""
    tensors = body.get("tensors")
    groups = tensors if isinstance(tensors, dict) else {"arrays": tensors}
    found = take_bodies(body, "elements") + [row for name in groups for row in take_bodies(groups, name)]
    names = [take_text(row, "tensor") for row in found if row.get("histogram") == body.get("histogram")]
    return f" of {names[0]}" if names and names[0] else ""


def _list_tensors(body: Body) -> tuple[Block, ...]:
    tensors = body.get("tensors")
    groups = tensors if isinstance(tensors, dict) else {"arrays": tensors}
    found = [("values at the origin", take_bodies(body, "elements"))]
    found += [(name.replace("_", " "), take_bodies(groups, name)) for name in sorted(groups)]
    columns = ("tensor", "first at", "a", "b", "ulp", "largest ulp", "differ", "of", "kind")
    return tuple(
        make_grid(name.capitalize(), columns, [_list_tensor(row) for row in rows], right=columns[4:8])
        for name, rows in found
        if rows
    )


def _list_tensor(row: Body) -> tuple[Any, ...]:
    index = row.get("index")
    place = f"[{', '.join(map(str, index))}]" if isinstance(index, list) else ""
    kind = row.get("kind")
    return (
        row.get("tensor"),
        place,
        *(_write_value(row, side) for side in ("a", "b")),
        *("" if row.get(name) is None else row[name] for name in ("ulp", "largest_ulp", "differing", "elements")),
        KINDS.get(str(kind), kind),
    )


def _list_places(body: Body) -> tuple[Grid, ...]:
    rows = []
    for row in take_bodies(body, "places"):
        place = ", ".join(f"{name} {row[name]}" for name in _PLACE if row.get(name) is not None and name != "stage")
        values = (_write_value(row, side) for side in ("a", "b"))
        kind = row.get("kind")
        ulp = "" if row.get("ulp") is None else row["ulp"]
        rows.append((row.get("stage"), place, *values, ulp, KINDS.get(str(kind), kind)))
    columns = ("stage", "place", "a", "b", "ulp", "kind")
    return (make_grid("The first difference of each stage", columns, rows, right=["ulp"]),) if rows else ()


def _list_growth(body: Body) -> tuple[Folded, ...]:
    rows = [
        (
            _name_step(take_body(row, "first")),
            row.get("differing"),
            row.get("events"),
            "" if row.get("ulp") is None else row["ulp"],
        )
        for row in take_bodies(body, "growth")
    ]
    columns = ("where", "events that differ", "events", "ulp")
    grid = make_grid("Events that differ, step by step", columns, rows, right=columns[1:])
    return (Folded(title=grid.caption, blocks=(grid,)),) if rows else ()


def _name_step(place: Body) -> str:
    return ", ".join(f"{name} {place[name]}" for name in ("epoch", "step") if place.get(name) is not None) or "start"


def _list_worlds(body: Body) -> tuple[Grid, ...]:
    rows = [(row.get("field"), row.get("a"), row.get("b")) for row in take_bodies(body, "worlds")]
    return (make_grid("Settings and machines that differ", ("field", "a", "b"), rows),) if rows else ()


def _describe_coverage(body: Body) -> tuple[Block, ...]:
    coverage = take_body(body, "coverage")
    numbers = [
        (name.replace("_", " "), value) for name, value in sorted(coverage.items()) if isinstance(value, int | str)
    ]
    lacking = take_texts(coverage, "not_compared")
    notes = take_texts(body, "notes")
    blocks: list[Block] = [Facts(rows=numbers)] if numbers else []
    if lacking:
        blocks += [Text(text="Not compared:"), Items(rows=lacking)]
    if notes:
        blocks += [Text(text="Notes:"), Items(rows=notes)]
    return tuple(blocks)


def _list_cause(body: Body) -> tuple[Section, ...]:
    facts: Sequence[tuple[str, object]] = [
        ("cause", body.get("cause") or "none"),
        ("on the two sides", take_text(body, "values")),
        ("how it acts", take_text(body, "mechanism")),
        ("how well it is proved", take_text(body, "grade")),
        ("other axes that act in the same way", ", ".join(take_texts(body, "also"))),
        ("what helps", take_text(body, "remedy")),
        ("programs and operations run", body.get("runs")),
    ]
    proof = [(row.get("what"), row.get("result"), row.get("holds")) for row in take_bodies(body, "proof")]
    fixed = [(row.get("what"), row.get("result"), row.get("holds")) for row in take_bodies(body, "fixed")]
    measured = [(row.get("what"), row.get("a"), row.get("b")) for row in take_bodies(body, "evidence")]
    excluded = [(row.get("axis"), row.get("tested"), row.get("how")) for row in take_bodies(body, "excluded")]
    alone = [
        tuple(row.get(name) for name in ("axis", "value", "status", "found")) for row in take_bodies(body, "alone")
    ]
    names = ("what was done", "result", "holds")
    return (
        Section(title="The cause", blocks=(Facts(rows=[row for row in facts if row[1] not in (None, "")]),)),
        Section(title="Proof", blocks=_grid("What proves it", names, proof)),
        Section(title="Measurements", blocks=_grid("The operation in both worlds", ("what", "a", "b"), measured)),
        Section(title="What the remedy does", blocks=_grid("What shows that it helps", names, fixed)),
        Section(
            title="What it is not",
            blocks=_grid("Other causes", ("cause", "tested", "how it was excluded, or why not"), excluded),
        ),
        Section(
            title="The operation alone", blocks=_fold("In every world", ("axis", "value", "status", "found"), alone)
        ),
    )


def _grid(caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[Grid, ...]:
    return (make_grid(caption, columns, rows),) if rows else ()


def _fold(caption: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[Folded, ...]:
    return (Folded(title=caption, blocks=_grid(caption, columns, rows)),) if rows else ()
