"""Shows that a remedy helps: the operation replaced by its portable counterpart, in the same worlds again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.processes.own_package import find_package
from appliance.vary.axes import make_change
from appliance.why.alone import take_marks
from appliance.why.answer import Proof

if TYPE_CHECKING:
    from appliance.why.alone import Operation
    from appliance.why.states import Setup
    from appliance.why.worlds import WorldRow


def prove_remedy(operation: Operation, setups: tuple[Setup, Setup], rows: tuple[WorldRow, ...]) -> tuple[Proof, ...]:
    """Return what the counterpart gives in the worlds of both sides and in every world of the table.

    Args:
        operation: the operation at the origin.
        setups: the worlds of both sides.
        rows: the table of worlds.
    """
    child = attrs.evolve(operation, environment=_add_path(operation), scratch=operation.scratch / "counterpart", runs=0)
    plain = [{axis: state for axis, state in setup.items() if axis != "numpy"} for setup in setups]
    tested = [row for row in rows if row.status != "not-tested"]
    changed = {take_marks_of(row) for row in tested if row.marks is not None} | {operation.marks}
    answers = [child.ask("counterpart.py", {}, setup) for setup in plain]
    if not all("results" in answer for answer in answers):
        return ()
    answers += [child.ask("counterpart.py", {}, plain[0], make_change(row.axis, row.value)) for row in tested]
    results = {take_marks(answer.get("results")) for answer in answers}
    what = f"the operation replaced by {answers[0]['name']}, in {len(answers)} worlds"
    result = f"{len(results)} class{'' if len(results) == 1 else 'es'} of results; {len(changed)} without it"
    return (Proof(what=what, result=result, holds=len(results) == 1),)


def take_marks_of(row: WorldRow) -> tuple[str, ...]:
    """Return the result of a row."""
    return row.marks or ()


def _add_path(operation: Operation) -> dict[str, str]:
    """Return variables with which this very package is found."""
    return {**operation.environment, "PYTHONPATH": find_package(operation.environment)}
