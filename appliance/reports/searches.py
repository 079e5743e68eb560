"""The part of an answer of `vary`: the cause, the axes, classes of equal results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.reports.bodies import take_bodies, take_body, take_number, take_text, take_texts
from appliance.reports.page import Code, Facts, Folded, Grid, Items, Part, Section, make_grid, shorten

if TYPE_CHECKING:
    from appliance.reports.bodies import Body

_ORDER = ("changes", "harmless", "not-tested")
_WORLDS = 20
_TAIL = 20  # lines


def build_search(body: Body) -> Part:
    """Return the part of an answer of `vary --json`."""
    control = take_body(body, "control")
    same = "all equal" if control.get("identical") else "not all equal"
    facts = Facts(
        rows=[
            ("the program as it is", f"{control.get('repeats')} runs, {same}"),
            ("runs", body.get("runs")),
            ("duration", f"{take_number(body, 'seconds') or 0:.0f} s"),
            ("search", "complete" if body.get("complete") else "ended before everything was tried"),
        ]
    )
    return Part(
        kind="search for a cause",
        title="What changes the results of the program",
        verdict=take_text(body, "verdict"),
        sentence=take_text(body, "sentence"),
        sections=(
            Section(title="The search", blocks=(facts,)),
            Section(title="Causes", blocks=_list_causes(body)),
            Section(title="What would help", blocks=_list_items(body, "advice")),
            Section(title="What was varied", blocks=(_list_axes(body),)),
            Section(title="Classes of equal results", blocks=_list_classes(body)),
            Section(title="Notes", blocks=_list_items(body, "notes")),
        ),
    )


def _list_items(body: Body, name: str) -> tuple[Items, ...]:
    rows = take_texts(body, name)
    return (Items(rows=rows),) if rows else ()


def _list_causes(body: Body) -> tuple[Grid, ...]:
    rows = [
        [", ".join(take_texts(row, name)) for name in ("axes", "settings")]
        + [take_text(row, name) for name in ("mechanism", "difference", "proof")]
        for row in take_bodies(body, "causes")
    ]
    columns = ("cause", "settings", "how", "first difference", "proof")
    return (make_grid("Causes, each with what proves it", columns, rows),) if rows else ()


def _list_axes(body: Body) -> Grid:
    rows = [
        (
            row.get("name"),
            row.get("status"),
            take_texts(row, "values"),
            "; ".join(filter(None, (take_text(row, "reason"), take_text(row, "remedy")))),
        )
        for row in sorted(take_bodies(body, "axes"), key=lambda row: _rank(take_text(row, "status")))
    ]
    columns = ("axis", "status", "values", "why")
    return make_grid("Axes, those that change the results first", columns, rows, status="status")


def _rank(status: str) -> int:
    return _ORDER.index(status) if status in _ORDER else len(_ORDER)


def _list_classes(body: Body) -> tuple[Grid | Folded, ...]:
    classes = take_bodies(body, "classes")
    rows = [
        (row.get("id"), len(take_texts(row, "worlds")), take_text(row, "ending"), take_text(row, "difference"))
        for row in classes
    ]
    columns = ("class", "worlds", "ending", "first difference from class A")
    grid = make_grid("Worlds with equal results are in one class", columns, rows, right=["worlds"])
    return (grid, *(_fold_class(row) for row in classes[:_WORLDS]))


def _fold_class(row: Body) -> Folded:
    worlds = take_texts(row, "worlds")
    outputs = sorted(take_body(row, "outputs").items())
    tail = take_text(row, "tail").splitlines()[-_TAIL:]
    return Folded(
        title=f"Class {row.get('id')}: command, worlds, outputs",
        blocks=(
            Code(title="Command that gives these results again", lines=[take_text(row, "command")]),
            Items(rows=worlds[:_WORLDS] + ([f"and {len(worlds) - _WORLDS} more"] if len(worlds) > _WORLDS else [])),
            make_grid("Outputs", ("output", "digest"), [(name, shorten(value)) for name, value in outputs]),
            *([Code(title="The last lines that it printed", lines=tail)] if tail else []),
        ),
    )
