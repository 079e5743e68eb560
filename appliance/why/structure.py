"""Causes that the recorded events themselves show: seed, draws, data, order, configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.why.draws import read_draw, read_split
from appliance.why.shown import Structure, name_at, write_sides

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.why.beginning import Beginning
    from verify.judging.arrays import ArrayDifference
    from verify.judging.traces.differences import EventDifference, MarkDifference
_NUMBERS = ("int", "float", "bool", "str", "complex")
LISTINGS = ("glob.glob", "os.listdir")
_PLACES = ("os.getcwd", "os.path.abspath", "os.path.realpath")
_PERMUTED = ("permuted", "rows-permuted")


def read_structure(beginning: Beginning, elements: Mapping[str, ArrayDifference]) -> Structure:
    """Return what the recorded events show.

    Args:
        beginning: what differs first.
        elements: how the operands of the first event differ, by names such as "in.x", as far as they were captured.
    """
    if beginning.split is not None:
        return read_split(beginning.split)
    first = beginning.first
    if first is None:
        return Structure(kind="world", mechanism="no recorded value differs")
    if first.ordered:
        return _read_layout(first)
    if first.a.kind == "draw":
        return read_draw(first, beginning)
    given = [row for row in first.inputs if row.kind != "memory-order"]
    if given and (first.a.kind != "data" or not all(_is_text(row) for row in given)):  # a file may have another name
        return _read_input(first, given[0], beginning, elements)
    return _read_data(first, elements) if first.a.kind == "data" else _read_output(first)


def _read_output(first: EventDifference) -> Structure:
    """Return what an operation shows that makes another result of equal inputs."""
    row = first.outputs[0]
    if row.kind in ("dtype", "shape", "missing"):
        sides = [f"{side.dtype} {list(side.shape)}" if side is not None else "nothing" for side in (row.a, row.b)]
        text = f"{name_at(first)} makes {sides[0]} / {sides[1]} of equal inputs"
        return Structure(kind="configuration", mechanism=text)
    return Structure(kind="world", mechanism=f"the inputs of {name_at(first)} are equal and its output differs")


def _read_layout(first: EventDifference) -> Structure:
    row = first.inputs[0]
    orders = [(side.order or "C") if side is not None else "none" for side in (row.a, row.b)]
    text = (
        f"{row.name} of {name_at(first)} has equal values in another order in memory ({orders[0]} and {orders[1]}); "
        "the operation adds or visits the elements in the order of memory"
    )
    return Structure(kind="order", mechanism=text, recorded=True)


def _read_data(first: EventDifference, elements: Mapping[str, ArrayDifference]) -> Structure:
    """Return what a reading of the world shows: files, the clock's zone, hashes, paths."""
    stage = first.a.stage
    found = next((row for name, row in elements.items() if name.startswith("out.")), None)
    if stage in LISTINGS:
        if found is not None and found.kind in _PERMUTED:
            return Structure(kind="file-order", mechanism=f"{name_at(first)} lists the same names in another order")
        return Structure(kind="data", mechanism=f"{name_at(first)} lists other files")
    if stage in _PLACES:
        row = first.outputs[0]
        text = f"{name_at(first)} is {write_sides(row)}: the program runs in another directory"
        return Structure(kind="directory", mechanism=text, recorded=True)
    if stage == "builtins.hash" or stage.startswith(("time.", "datetime.")):
        return Structure(kind="world", mechanism=f"{name_at(first)} gives another answer for equal arguments")
    if found is not None and found.kind in _PERMUTED:
        text = f"{name_at(first)} reads the same values in another order"
        return Structure(kind="order", mechanism=text, recorded=True)
    return Structure(kind="data", mechanism=f"{name_at(first)} reads other values{_count(found)}", recorded=True)


def _is_text(row: MarkDifference) -> bool:
    return all(side is None or side.dtype in ("str", "bytes") for side in (row.a, row.b))


def _count(found: ArrayDifference | None) -> str:
    if found is None or found.index is None:
        return ""
    return f": {found.differing} of {found.elements} elements, the first {list(found.index)}: {found.a} / {found.b}"


def _read_input(
    first: EventDifference, row: MarkDifference, beginning: Beginning, elements: Mapping[str, ArrayDifference]
) -> Structure:
    """Return what an input shows that differs and that no recorded event has made differently."""
    found = elements.get(f"in.{row.name}")
    sides = row.a, row.b
    made = [
        side is not None and side.fingerprint.encode() in known
        for side, known in zip(sides, beginning.made, strict=True)
    ]
    if any(made):
        side = "first" if made[1] and not made[0] else "second" if made[0] and not made[1] else ""
        if side and row.a is not None and row.a.shape:
            text = f"{row.name} of {name_at(first)} was changed on the {side} side between two recorded events"
            return Structure(kind="world", mechanism=text)
    if row.a is not None and row.b is not None and not row.a.shape and not row.b.shape:
        text = f"the number {row.name} of {name_at(first)} is {write_sides(row)}; no recorded event has made it"
        return Structure(kind="configuration", mechanism=text)
    if row.kind in ("shape", "missing", "dtype"):
        text = f"{row.name} of {name_at(first)} has another form"
        read = first.a.stage.rpartition(".")[2] in ("array", "asarray")
        return Structure(kind="data" if read and row.kind == "shape" else "configuration", mechanism=text)
    if found is not None and found.kind in _PERMUTED:
        return Structure(kind="order", mechanism=f"{row.name} of {name_at(first)} has the same values in another order")
    return Structure(kind="data", mechanism=f"{row.name} of {name_at(first)} has other values{_count(found)}")
