"""The counterfactual on whole programs: the cause taken from the other side, then left as it is, twice each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.why.answer import Proof
from appliance.why.beginning import read_beginning
from appliance.why.experiments import PROGRAM

if TYPE_CHECKING:
    from appliance.why.case import Case
    from verify.files.traces import Trace

_TWICE = 2
_NAMES = ("the first", "the second")


def prove_whole(case: Case, cause: tuple[str, ...]) -> tuple[Proof, ...]:
    """Run both whole programs with the cause of the other side and as they are; compare their whole traces.

    Args:
        case: both sides.
        cause: the axes that are taken from the other side.
    """
    rows = []
    for side in (0, 1):
        pinned = [_run(case, side, cause) for _ in range(_TWICE)]
        rows.append(_judge(pinned, case.traces[1 - side], case, _describe(side, cause)))
    for side in (0, 1):
        free = [_run(case, side, ()) for _ in range(_TWICE)]
        rows.append(_judge(free, case.traces[side], case, f"run as it was, {_NAMES[side]} program"))
    return tuple(rows)


def _describe(side: int, cause: tuple[str, ...]) -> str:
    other = _NAMES[1 - side]
    if cause == (PROGRAM,):
        return f"run {other} program in the world of {_NAMES[side]}"
    return f"run {_NAMES[side]} program with {', '.join(cause)} of {other}"


def _run(case: Case, side: int, flipped: tuple[str, ...]) -> Trace | None:
    program, setup = case.sides.plan(side, flipped)
    return program.run(setup)


def _judge(runs: list[Trace | None], wanted: Trace, case: Case, what: str) -> Proof:
    """Tell whether every run is like a recorded trace."""
    results = [_compare(run, wanted, case) for run in runs]
    side = _NAMES[case.traces.index(wanted)]
    if len(set(results)) > 1:
        return Proof(what=what, result=f"the runs differ: {' / '.join(results)}", holds=False)
    if results[0] == "equal":
        return Proof(what=what, result=f"equal to {side} trace, {len(runs)} of {len(runs)} times")
    holds = results[0].startswith("then")
    return Proof(what=what, result=results[0], holds=holds)


def _compare(run: Trace | None, wanted: Trace, case: Case) -> str:
    """Return how a run is like a recorded trace: equal, or where it differs."""
    if run is None:
        return "it could not be run"
    found = read_beginning(run, wanted)
    if found.first is None and found.split is None and found.later_split is None:
        return "equal"
    event = found.first.a.id if found.first is not None and found.split is None else None
    if event is not None and event == case.wanted:
        return f"different at {event.stage}"
    stage = event.stage if event is not None else "another place"
    return f"then this difference is gone, and there is another one at {stage}"
