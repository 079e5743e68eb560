"""Compares two sides of any kind, or puts many into classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError
from verify.judging import divergence, outcomes
from verify.judging.files import compare_files
from verify.judging.sides import FileSide, GoldenSide, RunSide, TraceSide
from verify.judging.traces.classes import Class, classify
from verify.judging.traces.compare import compare_traces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from verify.files.traces import Trace
    from verify.judging.divergence import Divergence
    from verify.judging.files import FileDivergence
    from verify.judging.sides import Side
    from verify.judging.traces.compare import TraceDivergence
    from verify.judging.traces.values import Values
    from verify.results import Verdict


@attrs.frozen(kw_only=True, eq=False)
class Comparison:
    """The comparison of two sides; what could not be compared is None.

    Args:
        a: where the first side is.
        b: where the second is.
        runs: their results, if both are runs or goldens.
        traces: their traces, if both have one.
        files: their arrays, if both are files of arrays.
    """

    a: Path
    b: Path
    runs: Divergence | None = None
    traces: TraceDivergence | None = None
    files: FileDivergence | None = None

    @property
    def verdict(self) -> Verdict:
        """Different if any part differs; identical only if every part is."""
        parts = [part.verdict for part in (self.runs, self.traces, self.files) if part is not None]
        for verdict in ("different", "could-not-judge"):
            if verdict in parts:
                return verdict
        return "identical"

    @property
    def lacks_values(self) -> bool:
        """Whether two runs differ, and their files do not tell place and values of the first difference."""
        if self.runs is None or self.verdict != "different":
            return False
        return self.traces is None or not self.traces.differs or self.traces.elements is None


@attrs.frozen(kw_only=True, eq=False)
class Classes:
    """Many sides in classes of equal ones, the largest class first."""

    classes: tuple[Class[Side, Comparison], ...]

    @property
    def verdict(self) -> Verdict:
        """Identical if there is one class."""
        found = [own.parting.verdict for own in self.classes if own.parting is not None]
        if "different" in found:
            return "different"
        return "could-not-judge" if found else "identical"


def compare_sides(a: Side, b: Side, values: Values | None = None) -> Comparison:
    """Compare two sides.

    Args:
        a: one side.
        b: the other.
        values: gives values at the origin of two traces; None for those that were captured in them.

    Raises:
        UsageError: sides of these kinds cannot be compared.
        CouldNotJudgeError: nothing could be compared, or a trace or file is damaged.
    """
    if isinstance(a, FileSide) and isinstance(b, FileSide):
        return Comparison(a=a.path, b=b.path, files=compare_files(a.path, b.path))
    results = _take_results(a, b), _take_results(b, a)
    runs = None
    if results[0] is not None and results[1] is not None:
        runs = divergence.compare_results(results[0], results[1], _name_subject(a, b))
    x, y = _take_trace(a), _take_trace(b)
    traces = compare_traces(x, y, values) if x is not None and y is not None else None
    if runs is None and traces is None:
        raise UsageError(
            "these two cannot be compared",
            expected="two of one kind, or a run and a golden, or a trace and a run that has one",
            found=f"{_name_kind(a)} and {_name_kind(b)}",
            where=f"{a.path}, {b.path}",
        )
    return Comparison(a=a.path, b=b.path, runs=runs, traces=traces)


def compare_many(sides: Sequence[Side]) -> Classes:
    """Put many sides into classes of equal ones; errors as for `compare_sides`."""
    return Classes(classes=classify(sides, compare_sides, lambda found: found.verdict == "identical"))


def _take_results(side: Side, other: Side) -> outcomes.Results | None:
    """Return the results of a side; those of a golden are the ones for the other side."""
    if isinstance(side, RunSide):
        return outcomes.take_run(side.run)
    run = other.run if isinstance(other, RunSide) else None
    return outcomes.take_golden(side.golden, run) if isinstance(side, GoldenSide) else None


def _take_trace(side: Side) -> Trace | None:
    return side.trace if isinstance(side, RunSide | TraceSide) else None


def _name_subject(a: Side, b: Side) -> str:
    goldens = [isinstance(side, GoldenSide) for side in (a, b)]
    if all(goldens):
        return "goldens"
    return "run and the golden" if any(goldens) else "runs"


def _name_kind(side: Side) -> str:
    names = {RunSide: "a run", GoldenSide: "a golden", TraceSide: "a trace", FileSide: "a file of arrays"}
    return names[type(side)]
