"""The answer of `why`: what differs, the cause, how it was proved, what was excluded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from verify.rendering import comparison as rendering
from verify.results import find_exit_code

if TYPE_CHECKING:
    from appliance.why.mechanism import Evidence
    from appliance.why.search import Search
    from appliance.why.worlds import WorldRow
    from verify.judging.comparison import Comparison

SCHEMA = "repro-appliance/why/1"
UNKNOWN = "unknown"
Grade = Literal["shown", "recorded", "not shown"]


@attrs.frozen(kw_only=True)
class Proof:
    """One thing that was done to prove or to exclude a cause.

    Args:
        what: what was done, in words.
        result: what came out.
        holds: whether it speaks for the cause.
    """

    what: str
    result: str
    holds: bool = True


@attrs.frozen(kw_only=True)
class Excluded:
    """A cause that it is not, or that could not be tried.

    Args:
        axis: the cause.
        how: how it was excluded, or why it was not tested.
        tested: whether it was tried.
    """

    axis: str
    how: str
    tested: bool = True


@attrs.frozen(kw_only=True)
class Finding:
    """What was found out about the cause of a difference.

    Args:
        cause: an axis, "seed", "draw", "data", "order", "configuration" or "unknown".
        mechanism: how it acts, in words.
        values: the state of the cause on both sides, in words.
        also: axes through which the same cause acts as well.
        proof: what proves it.
        excluded: what it is not.
        evidence: measurements of the mechanism.
        worlds: the operation alone in every world.
        searches: what was run.
        remedy: what helps; "" where nothing is known.
        fixed: what shows that the remedy helps.
        runs: how many programs and operations were run.
    """

    cause: str = UNKNOWN
    mechanism: str = ""
    values: str = ""
    also: tuple[str, ...] = ()
    proof: tuple[Proof, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    worlds: tuple[WorldRow, ...] = ()
    searches: tuple[Search, ...] = ()
    remedy: str = ""
    fixed: tuple[Proof, ...] = ()
    runs: int = 0

    @property
    def grade(self) -> Grade:
        """How well the cause is proved."""
        if self.cause == UNKNOWN:
            return "not shown"
        return (
            "shown"
            if any(proof.holds and proof.what.startswith(("run", "the op")) for proof in self.proof)
            else "recorded"
        )


@attrs.frozen(kw_only=True)
class Answer:
    """The whole answer.

    Args:
        comparison: what differs.
        finding: why; None where nothing differs.
    """

    comparison: Comparison
    finding: Finding | None

    @property
    def exit_code(self) -> int:
        """0 nothing differs, 1 something does, 3 it could not be judged."""
        return find_exit_code(self.comparison.verdict)

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        what = rendering.write_sentence(self.comparison)
        if self.finding is None:
            return what
        return f"{what[:-1]}; {write_cause(self.finding)}."

    def to_json(self) -> dict[str, Any]:
        """Return the answer as JSON: that of `diff`, with the cause."""
        body = rendering.describe(self.comparison) | {"schema": SCHEMA, "sentence": self.sentence}
        if self.finding is None:
            return body | {"cause": None, "mechanism": "", "proof": [], "excluded": []}
        found = self.finding
        return body | {
            "cause": found.cause,
            "mechanism": found.mechanism,
            "values": found.values,
            "also": list(found.also),
            "grade": found.grade,
            "proof": [attrs.asdict(row) for row in found.proof],
            "excluded": [attrs.asdict(row) for row in found.excluded],
            "evidence": [attrs.asdict(row) for row in found.evidence],
            "alone": [describe_world(row) for row in found.worlds],
            "remedy": found.remedy,
            "fixed": [attrs.asdict(row) for row in found.fixed],
            "runs": found.runs,
        }


def describe_world(row: WorldRow) -> dict[str, Any]:
    """Return one row of the table of worlds as JSON."""
    return {"axis": row.axis, "value": row.value, "status": row.status, "found": row.found}


def write_cause(found: Finding) -> str:
    """Return the cause in some words."""
    if found.cause == UNKNOWN:
        return "cause: unknown"
    values = f" ({found.values})" if found.values else ""
    return f"cause: {found.cause}{values}, {_write_grade(found)}"


def _write_grade(found: Finding) -> str:
    if found.grade != "shown":
        return "as recorded"
    return "shown twice" if any("2 of 2" in row.result for row in found.proof) else "shown"
