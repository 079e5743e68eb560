"""Finds the world of another machine: the axis and the value with which one operation gives the recorded bits."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.vary.axes import make_change
from appliance.why.alone import read_inputs, read_marks
from appliance.why.answer import Excluded, Finding, Proof
from appliance.why.listing import ORDERS, order_listings
from appliance.why.mechanism import World, measure
from appliance.why.naming import find_advice, list_excluded
from appliance.why.structure import LISTINGS
from appliance.why.worlds import Worlds

_WAYS = ("operator", "function", "method", "torch")

if TYPE_CHECKING:
    from appliance.why.alone import Operation
    from appliance.why.case import Case
    from appliance.why.worlds import WorldRow
    from verify.judging.traces.differences import EventDifference


def tabulate(case: Case, operation: Operation, side: int) -> tuple[WorldRow, ...]:
    """Return what the operation alone gives in every world around one side's."""
    word = case.traces[side].header.command[0]
    python = shutil.which(word) or sys.executable
    scratch = case.scratch / f"worlds-{side}"
    scratch.mkdir(parents=True, exist_ok=True)
    return Worlds(
        operation=operation,
        setup=case.sides.setups[side],
        python=Path(python),
        scratch=scratch,
        environment=case.environment,
    ).tabulate()


def match_worlds(case: Case) -> Finding | None:
    """Return the axis with which the operation gives the bits of both sides; None if there is not exactly one.

    It is asked where a recorded result does not come here as it is: the trace comes from another machine. The world
    that the trace has recorded must say the same.
    """
    first = case.beginning.first
    side = next((side for side in (0, 1) if case.replays[side].repeats), None)
    if first is None or first.inputs:
        return None
    if side is None:
        return _match_both(case, first)
    operation = case.take_operation(side)
    if operation is None or operation.run(case.sides.setups[side]) is None:
        return None
    wanted = read_marks((first.a, first.b)[1 - side])
    rows = tabulate(case, operation, side)
    hits = [row for row in rows if row.marks == wanted and _agrees(case, row, 1 - side)]
    axes = list(dict.fromkeys(row.axis for row in hits))
    if len(axes) != 1:
        return None
    row = hits[0]
    setup, change = case.sides.setups[side], make_change(row.axis, row.value)
    again = [operation.run(setup, change) for _ in range(2)]
    if any(marks != wanted for marks in again):
        return None
    element = next((found for key, found in case.elements.items() if key.startswith("out.")), None)
    worlds = World(setup=setup), World(setup=setup, change=change)
    words, evidence = measure(operation, worlds if side == 0 else (worlds[1], worlds[0]), element)
    result = "the bits that the other side has recorded, three times"
    return Finding(
        cause=row.axis,
        mechanism=words,
        values=f"{row.axis}={row.value}",
        proof=(Proof(what=f"the operation alone with {row.axis}={row.value}", result=result),),
        excluded=tuple(list_excluded((), rows, (row.axis,))),
        evidence=evidence,
        worlds=rows,
        remedy=find_advice(row.axis),
    )


def _match_both(case: Case, first: EventDifference) -> Finding | None:
    """Return the axis of which two values give the bits of both sides, where both traces come from elsewhere."""
    operation = case.take_operation(0)
    event = case.replays[0].event
    if operation is None or event is None or read_inputs(event) != read_inputs(first.a):
        return None
    wanted = read_marks(first.a), read_marks(first.b)
    for way in _WAYS:
        operation.way = way
        if operation.run(case.sides.setups[0]) is None:
            continue
        rows = tabulate(case, operation, 0)
        hits = [{row.axis: row for row in rows if row.marks == marks} for marks in wanted]
        axes = [axis for axis, row in hits[0].items() if axis in hits[1] and _agrees(case, row, 0)]
        if len(axes) != 1:
            return None
        a, b = hits[0][axes[0]], hits[1][axes[0]]
        again = [operation.run(case.sides.setups[0], make_change(row.axis, row.value)) for row in (a, b, a, b)]
        if again != [*wanted, *wanted]:
            return None
        worlds = [World(setup=case.sides.setups[0], change=make_change(row.axis, row.value)) for row in (a, b)]
        words, evidence = measure(operation, (worlds[0], worlds[1]), None)
        what = f"the operation alone with {axes[0]}={a.value} and with {axes[0]}={b.value}"
        return Finding(
            cause=axes[0],
            mechanism=words,
            values=f"{a.value} / {b.value}",
            proof=(Proof(what=what, result="the bits that each side has recorded, three times"),),
            excluded=tuple(list_excluded((), rows, (axes[0],))),
            evidence=evidence,
            worlds=rows,
            remedy=find_advice(axes[0]),
        )
    return None


def match_listing(case: Case) -> Finding | None:
    """Return "file-order" where the listing of a directory in another order gives what the other side recorded."""
    first, whole = case.beginning.first, case.whole
    side = next((side for side in (0, 1) if case.replays[side].repeats), None)
    if first is None or whole is None or side is None or first.a.stage not in LISTINGS:
        return None
    for value in ORDERS:
        answers = [whole.observe(side, (), order_listings(value)) for _ in range(2)]
        if answers == ["ba"[side]] * 2:
            text = f"run with the listing {value}, twice"
            return Finding(
                cause="file-order",
                mechanism=f"{first.a.stage} lists the same names in another order",
                values=f"as it is / {value}" if side == 0 else f"{value} / as it is",
                proof=(Proof(what=text, result="the listing that the other side has recorded"),),
                remedy=find_advice("file-order"),
            )
    return None


def _agrees(case: Case, row: WorldRow, side: int) -> bool:
    """Tell whether the world that a trace has recorded is that of a row, where it can be seen."""
    world = case.traces[side].header.world
    here = case.traces[1 - side].header.world
    keys = {"libm": "libm", "simd": "numpy_features", "ftz": "flush_to_zero", "affinity": "processors"}
    if row.axis in keys:
        return world.get(keys[row.axis]) != here.get(keys[row.axis])
    if row.axis in ("kernel", "threads"):
        return _read(world, row.axis) != _read(here, row.axis)
    return False


def _read(world: object, key: str) -> list[object]:
    libraries = world.get("libraries") if hasattr(world, "get") else None
    return [row.get(key) for row in libraries if hasattr(row, "get")] if isinstance(libraries, list | tuple) else []


def list_tried(case: Case) -> list[Excluded]:
    """Return the worlds in which the operation was tried and did not give what was recorded."""
    for side in (0, 1):
        operation = case.take_operation(side)
        first = case.beginning.first
        if operation is None or first is None or first.inputs or operation.run(case.sides.setups[side]) is None:
            continue
        wanted = read_marks((first.a, first.b)[1 - side])
        rows = tabulate(case, operation, side)
        return [
            Excluded(
                axis=row.axis,
                how=f"{row.value}: the operation alone gives other bits than the recorded ones"
                if row.value
                else row.found,
                tested=row.status != "not-tested",
            )
            for row in rows
            if row.marks != wanted
        ]
    return []
