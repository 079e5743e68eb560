"""Gives a cause its name: of axes that decide, and of programs that are unlike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appliance.vary.axes import AXES
from appliance.why.answer import UNKNOWN, Excluded
from appliance.why.experiments import PROGRAM
from appliance.why.states import State

if TYPE_CHECKING:
    from appliance.why.case import Case
    from appliance.why.search import Search
    from appliance.why.shown import Structure
    from appliance.why.worlds import WorldRow

_ADVICE = {
    "seed": "give both programs the same seed, as a number in the program or its settings",
    "draw": "give every part of the program a generator of its own (SeedSequence.spawn), so that one more draw in one "
    "part changes no other part",
    "data": "compare digests of the data before the program starts, and keep them with the results",
    "order": "give the elements an order of their own before they are added or split: sort them, or use "
    "numpy.ascontiguousarray",
    "configuration": "keep every number that a run depends on in one file of settings, and compare the files",
    "directory": "write no absolute paths into results, and hash or sort names relative to the working directory",
    "file-order": "sort the names: sorted(os.listdir(folder))",
}


def name_axes(case: Case, cause: tuple[str, ...]) -> str:
    """Return the name of a cause that is a state of axes."""
    return " + ".join(_name_axis(case, axis) for axis in cause)


def _name_axis(case: Case, axis: str) -> str:
    known = {one.name for one in AXES}
    if axis == "numpy":
        versions = [[str(trace.header.world.get(key)) for key in ("numpy", "python")] for trace in case.traces]
        first = case.beginning.first
        if versions[0][0] != versions[1][0] and (
            versions[0][1] == versions[1][1] or (first is not None and first.a.stage.startswith("numpy."))
        ):
            return "numpy"
        return "python" if versions[0][1] != versions[1][1] and versions[0][0] == versions[1][0] else UNKNOWN
    return axis if axis in known else UNKNOWN


def write_values(case: Case, cause: tuple[str, ...]) -> str:
    """Return the states of a cause on both sides, in words."""
    words = []
    for axis in cause:
        if axis == "numpy":
            words.append(" / ".join(str(trace.header.world.get("numpy")) for trace in case.traces))
        elif axis != PROGRAM:
            words.append(_write_states(*(setup.get(axis, State()) for setup in case.sides.setups)))
    return ", ".join(words)


def _write_states(a: State, b: State) -> str:
    """Return two states, without the names of variables if all of several have one value."""
    sides = [sorted({value for _, value in state.variables}) for state in (a, b)]
    if len(a.variables) == len(b.variables) > 1 and len(sides[0]) == len(sides[1]) == 1:
        return f"{sides[0][0]} / {sides[1][0]}"
    return f"{a} / {b}"


def name_program_cause(case: Case, structure: Structure) -> tuple[str, str]:
    """Return name and mechanism of a cause that lies in the programs: their texts, arguments or files."""
    if structure.kind in ("world", "state"):
        return UNKNOWN, f"the programs are unlike, and no recorded value tells in what: {structure.mechanism}"
    if structure.kind == "control-flow":
        changed = list_changed_arguments(case)
        if not changed:
            return UNKNOWN, structure.mechanism
        return "configuration", f"{structure.mechanism}; the arguments are unlike: {' / '.join(changed)}"
    if structure.kind in ("configuration", "seed", "data"):
        changed = list_changed_arguments(case)
        more = f"; arguments: {' / '.join(changed)}" if changed else ""
        return structure.kind, f"{structure.mechanism}{more}"
    return structure.kind, structure.mechanism


def list_changed_arguments(case: Case) -> list[str]:
    """Return in what the arguments of two runs of one program in one directory are unlike."""
    left, right = (json.loads(program.name) for program in case.sides.programs)
    if not (isinstance(left, list) and isinstance(right, list) and left[0] == right[0] and left[-1] == right[-1]):
        return []
    only = [[str(word) for word in one[1:-1] if word not in other] for one, other in ((left, right), (right, left))]
    words = [[word for word in side if not _is_output(word)] for side in only]
    return [" ".join(side) or "nothing" for side in words] if any(words) else []


def _is_output(word: str) -> bool:
    return word.endswith((".npy", ".npz", ".txt", ".csv", ".json", ".out"))


def find_advice(cause: str) -> str:
    """Return what helps against a cause; "" where nothing is known."""
    if cause in _ADVICE:
        return _ADVICE[cause]
    names = cause.split(" + ")
    return "; ".join(axis.advise() for axis in AXES if axis.name in names)


def list_excluded(searches: tuple[Search, ...], worlds: tuple[WorldRow, ...], cause: tuple[str, ...]) -> list[Excluded]:
    """Return what the searches and the table of worlds exclude."""
    found: dict[str, Excluded] = {}
    for done in searches:
        for axis in done.harmless:
            how = f"{done.title} gives the same output there with the other side's {axis}"
            found.setdefault(axis, Excluded(axis=axis, how=how))
    for row in worlds:
        if row.axis in cause:
            continue
        rows = [one for one in worlds if one.axis == row.axis]
        values = [one.value for one in rows if one.status == "same"]
        if len(values) == len(rows):
            how = f"the operation alone has the same bits with {', '.join(values)}"
            found.setdefault(row.axis, Excluded(axis=row.axis, how=how))
        elif row.status == "not-tested":
            found.setdefault(row.axis, Excluded(axis=row.axis, how=row.found, tested=False))
    return list(found.values())
