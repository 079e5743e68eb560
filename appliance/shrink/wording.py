"""The sentences of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.shrink.rows import CauseRow, Material
    from appliance.shrink.search import Found
    from appliance.vary.classes import Class
    from appliance.vary.findings import Cause
    from verify.results import Verdict


def explain(cause: Cause, found: Found) -> str:
    """Return in words how a smallest set acts."""
    parts = [f"the program fails: {cause.fails}"] if cause.fails else []
    if cause.together:
        needed = [name for name in cause.axes if name in found.needed]
        free = [name for name in cause.axes if name not in found.needed]
        if free:
            parts.append(f"without {' or '.join(free)} nothing changes")
        parts += [f"without {name} the set cannot be tested: {found.needed[name]}" for name in needed]
    return "; ".join(parts)


def say(material: Material, causes: Sequence[CauseRow], verdict: Verdict, classes: Sequence[Class]) -> str:
    """Return the first sentence of the answer."""
    found = material.found
    if not material.changes:
        a, b = material.locks
        return f"no difference: {a} and {b} give the same {material.equal} packages"
    if verdict == "identical":
        return f"no difference: the {len(material.changes)} packages that differ do not change the results"
    if verdict == "could-not-judge":
        return f"cannot be judged: {_say_why(found, material.locks)}"
    if causes:
        return "; ".join(map(_say_cause, causes))
    names = ", ".join(setting.axis for setting in found.smallest)
    where = next((kind.difference for kind in classes if kind.difference), "")
    return f"the time was over: one or more of {len(found.smallest)} packages ({names}) change the results: {where}"


def _say_why(found: Found, locks: tuple[Path, Path]) -> str:
    """Return why nothing can be said."""
    if found.findings.failure:
        return f"the program gives no results with {locks[0]}: {found.findings.failure}"
    if found.unsteady:
        return f"with the packages of {locks[found.unsteady == 'B']} the program differs from itself"
    if found.same:
        names = ", ".join(found.findings.control.unstable)
        return f"the program differs from itself in {names}, and its other outputs are equal"
    return "the time was over before both locks had run twice"


def _say_cause(cause: CauseRow) -> str:
    where = cause.difference or "the results"
    if len(cause.changes) == 1:
        return f"{cause.changes[0]} alone changes {where}"
    kind = "that cannot be tested one without the other" if "cannot be tested" in cause.mechanism else "only together"
    names = " with ".join(cause.changes)
    return f"{names}, {kind}, change {where}" if "cannot" in kind else f"{names} change, {kind}, {where}"


def list_remarks(material: Material) -> list[str]:
    """Return what a reader should know beside the smallest sets."""
    found = material.found
    remarks = list(material.remarks)
    if found.unsteady or (found.same and found.findings.control.unstable):
        remarks.append("`repro-appliance vary -- COMMAND` finds out why a program differs from itself")
    if found.findings.causes and found.covered is False:
        remarks.append("all causes together do not give the results of the second lock: other packages act beside them")
    if found.findings.causes and found.covered is None and found.findings.complete:
        remarks.append("all causes together could not be tested, so other packages may act beside them")
    return remarks
