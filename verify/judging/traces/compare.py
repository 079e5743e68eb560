"""Compares two traces as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError
from verify.files.events import Memo
from verify.judging.differences import Difference, list_differences
from verify.judging.traces.alignment import Pair, align
from verify.judging.traces.findings import Findings
from verify.judging.traces.processes import pair_processes
from verify.judging.traces.values import CapturedValues, compare_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.files.events import EventLine
    from verify.files.traces import Trace
    from verify.judging.arrays import ArrayDifference
    from verify.judging.traces.differences import EventDifference
    from verify.judging.traces.values import Values
    from verify.results import Verdict

_MOST_WORLDS = 50
_POOL = "PoolWorker"  # in the names that multiprocessing gives to the workers of a pool
_LEVELS = ("epoch", "step", "calls")


@attrs.frozen(kw_only=True)
class TraceDivergence:
    """The comparison of two traces.

    Args:
        a: the first trace.
        b: the second.
        findings: what was found.
        elements: how the operands of the origin differ, where their values are at hand; None where they are not.
        worlds: in what the worlds of the two differ, as far as it was recorded.
        notes: what limits the answer.
        partial: whether one of the traces has not all that its program did.
    """

    a: Trace
    b: Trace
    findings: Findings
    elements: tuple[ArrayDifference, ...] | None
    worlds: tuple[Difference, ...]
    notes: tuple[str, ...]
    partial: bool

    @property
    def origin(self) -> EventDifference | None:
        """The first event that differs in value and has an effect; without one, the first that differs."""
        findings = self.findings
        return findings.first or (None if findings.splits else findings.idle)

    @property
    def differs(self) -> bool:
        """Whether a value or the control flow differs."""
        return self.origin is not None or bool(self.findings.splits)

    @property
    def verdict(self) -> Verdict:
        """Identical only where nothing differs and both traces are whole."""
        if self.differs:
            return "different"
        return "could-not-judge" if self.partial else "identical"

    @property
    def kind(self) -> str | None:
        """The kind of the first difference."""
        first = self.origin
        if self.findings.split_first or first is None:
            return "control-flow" if self.findings.splits else None
        outputs = [row for row in self.elements or () if row.tensor.startswith("out.")]
        if outputs:
            return outputs[0].kind
        if first.ordered:
            return "memory-order"
        if first.a.kind in ("data", "draw"):
            return first.a.kind
        rows = [row for row in (*first.outputs, *first.inputs) if row.kind != "memory-order"]
        return _name_distance(rows[0].ulp) if rows[0].kind == "values" else rows[0].kind


def _name_distance(ulp: int | None) -> str:
    if ulp is None:
        return "values"
    return "signed-zeros" if ulp == 0 else "one-ulp" if ulp == 1 else "values"


def compare_traces(a: Trace, b: Trace, values: Values | None = None) -> TraceDivergence:
    """Compare two traces event by event, of which never more than a window is in memory.

    Args:
        a: one trace.
        b: the other.
        values: gives the values at the origin; None for those that were captured in the traces.

    Raises:
        CouldNotJudgeError: the fingerprints are of two functions, nothing could be compared, or a trace is damaged.
    """
    if a.header.function != b.header.function:
        raise CouldNotJudgeError(
            "the traces have fingerprints of two functions",
            expected=a.header.function,
            found=b.header.function,
            where=b.path / "header.json",
            remedy="record both traces with one version of the program",
        )
    findings = Findings()
    missing = _compare_files(a, b, findings)
    if not findings.events:
        raise CouldNotJudgeError(
            "the traces have no event in common",
            expected="at least one event with the same epoch, step and stage",
            found=f"{_count(findings.only_a)} and {_count(findings.only_b)}",
            where=f"{a.path}, {b.path}",
            remedy="name two traces of the same program, in which something was recorded",
        )
    found = TraceDivergence(
        a=a,
        b=b,
        findings=findings,
        elements=None,
        worlds=tuple(_compare_worlds(a, b)[:_MOST_WORLDS]),
        notes=(*_list_limits(a), *_list_limits(b), *missing, *_note_level(a, b), *_note_pool(a, findings)),
        partial=bool(missing) or any(_list_limits(side) for side in (a, b)),
    )
    if found.origin is None:
        return found
    return attrs.evolve(found, elements=compare_values((a, b), found.origin, values or CapturedValues()))


def _count(events: int) -> str:
    return f"{events} event{'' if events == 1 else 's'} of its own" if events else "no event"


def _compare_files(a: Trace, b: Trace, findings: Findings) -> list[str]:
    """Compare the events of every process that both traces have; return what only one has."""
    pairs, missing = pair_processes(a, b)
    level = min(a.header.level, b.header.level, key=_LEVELS.index)
    for x, y in pairs:
        memo = Memo()
        streams = (_limit(side.read_events(file, memo), level) for side, file in ((a, x), (b, y)))
        for found in align(*streams):
            if isinstance(found, Pair):
                findings.add_pair(found)
            else:
                findings.add_split(found)
    return missing


def _limit(lines: Iterator[EventLine], level: str) -> Iterator[EventLine]:
    """Leave out steps where one of the traces has epochs only."""
    return (line for line in lines if line.id.step is None) if level == "epoch" else lines


def _note_level(a: Trace, b: Trace) -> list[str]:
    levels = {a.header.level, b.header.level}
    return ["only one of the traces has steps: events of epochs were compared"] if len(levels) > 1 else []


def _note_pool(trace: Trace, findings: Findings) -> list[str]:
    """Return a note where a pool of processes may have divided its tasks in another way."""
    pools = findings.splits and any(_POOL in file.name for file in trace.files)
    return ["tasks of a pool: its workers are compared, and which worker gets a task may be chance"] if pools else []


def _list_limits(trace: Trace) -> list[str]:
    """Return why a trace is not all that its program did."""
    if not trace.header.complete:
        return [f"{trace.path} is not complete: its program was ended before it closed the trace"]
    listed = trace.header.coverage.get("not_seen")
    rows = listed if isinstance(listed, list | tuple) else ()
    return [f"{trace.path}: not seen: {row}" for row in rows if "after the limit" in str(row)]


def _compare_worlds(a: Trace, b: Trace) -> list[Difference]:
    """Return in what the recorded worlds and variables differ."""
    sides = [{"world": side.header.world, "environment": dict(side.header.environment)} for side in (a, b)]
    return list_differences(sides[0], sides[1])
