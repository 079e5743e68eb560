"""One case in which subjects take turns, with the rows that come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.statistics import summarize_median
from appliance.benchmark.timing import Effort, Runner, Watch, compare_rounds, measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.benchmark.statistics import MedianSummary


@attrs.frozen(kw_only=True, eq=False)
class Contest:
    """Subjects by name, doing the same work.

    Attributes:
        case: what is done, such as "matmul 512 f32".
        kind: "op" or "step".
        runners: what each subject does, by its name.
        examples: training examples per call; None where that means nothing.
        details: plain values that go into every row, such as the hidden size.
    """

    case: str
    kind: str
    runners: Mapping[str, Runner]
    examples: int | None = None
    details: Mapping[str, Any] = attrs.field(factory=dict)

    def pairs(self) -> list[tuple[str, str]]:
        """Return (subject, baseline): the first subject compared with each other one."""
        subject, *baselines = self.runners
        return [(subject, baseline) for baseline in baselines]


def run_contest(contest: Contest, effort: Effort, watch: Watch | None = None) -> list[dict[str, Any]]:
    """Let the subjects take turns; return one row for each pair."""
    seconds = measure(contest.runners, effort, watch)
    return [describe_pair(contest, subject, baseline, seconds) for subject, baseline in contest.pairs()]


def describe_pair(
    contest: Contest, subject: str, baseline: str, seconds: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    """Return the row of one pair from the seconds per call of every round.

    `ratio` is above 1 where the subject is faster; `ratio_low` and `ratio_high` bound its median, None for fewer than
    six rounds; `confidence` is that interval's. Times are seconds per call.
    """
    ratio = compare_rounds(seconds[subject], seconds[baseline])
    mine, other = summarize_median(seconds[subject]), summarize_median(seconds[baseline])
    row: dict[str, Any] = {
        "case": contest.case,
        "kind": contest.kind,
        "subject": subject,
        "baseline": baseline,
        "ratio": ratio.median,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        "confidence": ratio.confidence,
        "rounds": ratio.n,
        **_describe_time("seconds", mine),
        **_describe_time("baseline_seconds", other),
        **contest.details,
    }
    if contest.examples is not None:
        row["examples_per_second"] = contest.examples / mine.median
        row["baseline_examples_per_second"] = contest.examples / other.median
    return row


def _describe_time(name: str, summary: MedianSummary) -> dict[str, float | None]:
    return {name: summary.median, f"{name}_low": summary.low, f"{name}_high": summary.high}
