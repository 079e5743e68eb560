"""From two traces to the cause of their difference: structure first, then worlds, then the whole programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.why import matching, naming, pins
from appliance.why.answer import UNKNOWN, Excluded, Finding, Proof
from appliance.why.concluding import SIDE_NAMES, conclude_axis, conclude_program, conclude_recorded
from appliance.why.experiments import PROGRAM, Alone
from appliance.why.products import take_product
from appliance.why.search import search
from appliance.why.structure import read_structure

if TYPE_CHECKING:
    from appliance.replay.pair import ReplayedPair
    from appliance.why.alone import Operation
    from appliance.why.case import Case
    from appliance.why.search import Search
    from appliance.why.shown import Structure

_AGAIN = 3


def explain(case: Case) -> Finding:
    """Return the cause of a difference, proved, or "unknown" with what was excluded."""
    if case.wanted is None:
        return Finding(mechanism="the traces differ, and no event was found at which they do")
    if case.replays[0].trace is None:
        case.replay()
    else:
        case.compare_operands()
    structure = read_structure(case.beginning, case.elements)
    if all(replay.repeats for replay in case.replays):
        return _explain_repeatable(case, structure)
    if any(replay.trace is None for replay in case.replays):
        return _explain_recorded(case, structure)
    return _explain_other(case, structure)


def explain_runs(case: Case | None, settings: Structure | None, pair: ReplayedPair) -> Finding:
    """Return the cause of a difference of two runs.

    Args:
        case: what is known of their replays; None where one could not be trained here.
        settings: the cause that settings or data show; None where they are equal.
        pair: their replays.
    """
    if case is None or case.wanted is None or not pair.repeated:
        proof = (Proof(what="as recorded in both runs", result=settings.mechanism),) if settings is not None else ()
        notes = tuple(Excluded(axis="every axis of the world", how=note, tested=False) for note in pair.notes)
        if settings is None:
            text = "the records alone do not tell it, and no two runs here gave what was recorded"
            return Finding(mechanism=text, excluded=notes)
        name = settings.kind
        return Finding(
            cause=name, mechanism=settings.mechanism, proof=proof, excluded=notes, remedy=naming.find_advice(name)
        )
    case.compare_operands()
    return _explain_repeatable(case, settings or read_structure(case.beginning, case.elements))


def _explain_repeatable(case: Case, structure: Structure) -> Finding:
    """Return the cause where both programs give here what was recorded."""
    if structure.kind == "order" and case.beginning.first is not None and case.beginning.first.ordered:
        found = _explain_layout(case, structure)
        if found is not None:
            return found
    axes = [axis for axis in case.sides.axes if axis != PROGRAM]
    searches: list[Search] = []
    operations = _take_operations(case) if structure.kind == "world" and axes else None
    if operations is not None:
        alone = Alone(sides=case.sides, operations=operations)
        searches.append(search(alone, axes))
        if searches[-1].cause:
            return conclude_axis(case, searches, operations[0])
    whole = case.whole
    if whole is not None and case.sides.axes:
        searches.append(search(whole, case.sides.axes))
        if searches[-1].cause and PROGRAM not in searches[-1].cause:
            return conclude_axis(case, searches, None)
        if searches[-1].cause == (PROGRAM,):
            return conclude_program(case, structure, searches)
    excluded = naming.list_excluded(tuple(searches), (), ())
    text = "both sides repeat what was recorded, and no single setting decides which result is seen"
    return Finding(mechanism=text, excluded=tuple(excluded), searches=tuple(searches))


def _take_operations(case: Case) -> tuple[Operation, Operation] | None:
    """Return the operation at the origin as it was on each side; of a stage of ours, its product."""
    made = case.take_operation(0), case.take_operation(1)
    if made[0] is None or made[1] is None:
        return None
    if case.traces[0].header.level == "calls":
        return made[0], made[1]
    place = case.scratch / "product"
    return take_product(made[0].event, made[0].operands, place, case.sides.setups, case.environment)


def _explain_layout(case: Case, structure: Structure) -> Finding | None:
    """Return the finding where operands of equal values have another order in memory; None if that does not decide."""
    operations = case.take_operation(0), case.take_operation(1)
    if operations[0] is None or operations[1] is None:
        return None
    proof = []
    for world in (0, 1):
        alone = Alone(sides=case.sides, operations=(operations[0], operations[1]))
        flips = [list(case.sides.axes) if side != world else [] for side in (0, 1)]
        answers = [[alone.observe(side, flips[side]) for side in (0, 1)] for _ in range(2)]
        holds = answers == [["a", "b"]] * 2
        what = f"the operation alone in the world of {SIDE_NAMES[world]} side, with the operands of either side, twice"
        proof.append(Proof(what=what, result="each gives its own result" if holds else str(answers), holds=holds))
    if not all(row.holds for row in proof):
        return None
    return Finding(cause="order", mechanism=structure.mechanism, proof=tuple(proof), remedy=naming.find_advice("order"))


def _explain_recorded(case: Case, structure: Structure) -> Finding:
    """Return what the records alone prove, where a program cannot be run here."""
    reasons = [getattr(program, "reason", "") for program in case.sides.programs]
    why = "; ".join(f"{side} program: {reason}" for side, reason in zip(SIDE_NAMES, reasons, strict=True) if reason)
    cannot = Excluded(axis="every axis of the world", how=f"it could not be run again ({why})", tested=False)
    same = not case.sides.axes or case.sides.axes == [PROGRAM]
    alike = case.traces[0].header.world == case.traces[1].header.world
    if structure.recorded or (structure.kind in ("data", "order", "configuration") and same and alike):
        return conclude_recorded(case, structure, cannot)
    matched = matching.match_worlds(case)
    return matched or Finding(mechanism=structure.mechanism, excluded=(cannot,))


def _explain_other(case: Case, structure: Structure) -> Finding:
    """Return the cause where a side does not give here what was recorded."""
    whole = case.whole
    if whole is None or structure.kind == "directory":  # the copies in which programs are run again are elsewhere, too
        return conclude_recorded(case, structure)
    for side in (0, 1):
        if case.replays[side].repeats:
            continue
        again = [whole.read(side, ()) for _ in range(_AGAIN)]
        if len(set(again)) > 1:
            return _explain_unsteady(case, structure, side, len(set(again)))
    matched = matching.match_listing(case) or matching.match_worlds(case)
    if matched is not None:
        return matched
    edited = case.edited and structure.kind in ("data", "order", "configuration") and not case.sides.axes
    if structure.recorded or edited:
        return conclude_recorded(case, structure)
    lost = [SIDE_NAMES[side] for side in (0, 1) if not case.replays[side].repeats]
    text = (
        f"what {' and '.join(lost)} side recorded did not come again: not as it was, and in no world that was tried; "
        f"{structure.mechanism}"
    )
    return Finding(mechanism=text, excluded=tuple(matching.list_tried(case)))


def _add_system(mechanism: str) -> str:
    """Say that a seed comes from the system, unless this is said."""
    text = "takes its seed from the system"
    return mechanism if mechanism.endswith(text) else f"{mechanism}: the generator {text}"


def _explain_unsteady(case: Case, structure: Structure, side: int, results: int) -> Finding:
    """Return the cause where a side differs from itself in one and the same world.

    Args:
        case: both sides.
        structure: what the records show.
        side: which side it is.
        results: how many results its runs gave.
    """
    text = f"run as it was, {SIDE_NAMES[side]} program, {_AGAIN} times"
    proof = Proof(what=text, result=f"{results} states of the generator at its first draw")
    unseeded = Finding(
        cause="seed",
        mechanism=_add_system(structure.mechanism),
        proof=(proof,),
        remedy=naming.find_advice("seed"),
    )
    if structure.kind == "seed" and not structure.recorded:
        return unseeded
    if case.whole is None:
        return Finding(mechanism=structure.mechanism)
    found = pins.explain_unsteady(case.whole, side)
    if found.cause == UNKNOWN and structure.kind == "state" and results == _AGAIN:
        return attrs.evolve(unseeded, excluded=found.excluded)
    if found.cause == UNKNOWN and structure.kind == "seed":  # such as a seed from the clock
        return conclude_recorded(case, structure, *found.excluded)
    return found
