"""The sentences of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.vary.findings import Cause, Findings
    from appliance.vary.rows import AxisRow, CauseRow

ADVICE_UNSTEADY = (
    "the program differs from itself: pass a seed or a generator to every random draw, read no clock, and add in a"
    " fixed order where threads share work"
)
ADVICE_ADDRESSES = (
    "the results may follow addresses: aslr changes them, and memory and environment-size move addresses, too; look"
    " for id() and for hashes and orders of objects before memory that was never written"
)
ADVICE_USED = "remove what a run leaves behind before the next run, or store it without loss"
_COUNTS = {1: "once", 2: "twice"}


def explain(cause: Cause) -> str:
    """Return in words how a cause acts."""
    parts = []
    if cause.steadies:
        parts.append("without it the program differs from itself, with it every run agrees")
    if cause.noisy:
        parts.append("in this world the program differs from itself")
    if cause.fails:
        parts.append(f"the program fails: {cause.fails}")
    if cause.together:
        parts.append("acts only together: without any one of them nothing changes")
    if cause.also:
        parts.append(f"one cause, seen through {' and '.join(cause.axes)}")
    return "; ".join(parts)


def prove(cause: Cause) -> str:
    """Return in words what the proof showed."""
    proof = cause.proof
    if proof is None:
        return "not shown: the time was over"
    if cause.steadies:
        return f"shown: {proof.repeats} runs with it agree"
    if cause.noisy:
        return f"shown: {proof.with_cause} of {proof.repeats} runs with it gave other results, none without it"
    if proof.holds:
        return f"shown {count_times(proof.repeats)}: with it the other results, without it those of the baseline"
    if proof.with_cause == proof.repeats:
        return f"shown {count_times(proof.repeats)}: the results with it are never those without it"
    return (
        f"not shown: {proof.with_cause} of {proof.repeats} runs with it gave the other results,"
        f" {proof.without} of {proof.repeats} without it those of the baseline"
    )


def count_times(number: int) -> str:
    """Return once, twice, or how many times."""
    return _COUNTS.get(number, f"{number} times")


def say(
    findings: Findings,
    causes: Sequence[CauseRow],
    rows: Sequence[AxisRow],
    unsteady: str,
    verdict: str,
) -> str:
    """Return the first sentence of the answer.

    Args:
        findings: what was found.
        causes: the causes in words.
        rows: the axes in words.
        unsteady: the first difference between two runs of the program as it is; "" if all agree.
        verdict: what is said as a whole.
    """
    if findings.failure:
        return f"cannot be judged: the program gives no results as it is: {findings.failure}"
    parts = []
    if not findings.control.identical:
        parts.append(_say_unsteady(findings, unsteady))
    elif findings.doubts:
        parts.append(f"the program differs from itself, rarely: {findings.doubts[0]}")
    parts += [_say_cause(cause, more) for cause, more in _join_alike(causes)]
    if parts:
        return "; ".join(parts)
    tested = [row.name for row in rows if row.status == "harmless"]
    left = [row.name for row in rows if row.status == "not-tested"]
    rest = f"; not tested: {', '.join(left)}" if left else ""
    if verdict == "could-not-judge":
        return f"cannot be judged: {'the time was over' if not findings.complete else 'no axis could be tested'}{rest}"
    return f"nothing changes the results: {', '.join(tested)}{rest}"


def _say_unsteady(findings: Findings, where: str) -> str:
    control = findings.control
    text = f"the program differs from itself: {control.different} of {control.repeats} runs in one and the same world"
    return f"{text} ({where})" if where else text


def _join_alike(causes: Sequence[CauseRow]) -> list[tuple[CauseRow, int]]:
    """Return the causes with the number of further ones of the same axes: of several pairs of values one is told."""
    alike: dict[object, list[CauseRow]] = {}
    for number, cause in enumerate(causes):
        alike.setdefault((cause.axes, cause.mechanism) if _is_joint(cause) else number, []).append(cause)
    return [(same[0], len(same) - 1) for same in alike.values()]


def _is_joint(cause: CauseRow) -> bool:
    return "together" in cause.mechanism


def _say_cause(cause: CauseRow, more: int) -> str:
    name = (" with " if _is_joint(cause) else " or ").join(cause.axes)
    rest = "" if not more else "; or another such set" if more == 1 else f"; or one of {more} other such sets"
    values = ", ".join(cause.settings) + rest
    shown = cause.proof.partition(":")[0]
    if cause.mechanism.startswith("without it"):
        return f"{name} makes it steady ({values}), {shown}"
    where = f"{cause.difference}; " if cause.difference else ""
    detail = f", {cause.mechanism}" if cause.mechanism and not cause.mechanism.startswith("acts only") else ""
    return f"{where}cause: {name} ({values}){detail}, {shown}"
