"""Repeats of one run with one seed, which must agree.

Where repeats differ, the program has a reproducibility bug; the first stage that differs is named. Timings are kept
apart, and nothing here is hashed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.statistics import MedianSummary, summarize_median
from appliance.benchmark.tasks import HERE, Place
from verify.errors import DifferentError
from verify.judging.checks import find_first_difference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.files.record import RunRecord
    from verify.results import Result

TIMINGS = ("seconds", "examples_per_second")


@attrs.frozen(kw_only=True)
class Deviation:
    """A repeat, counted from 0, that differs from the first one, and the first check that does not pass.

    `places` are those of the first repeat and of this one.
    """

    repeat: int
    result: Result
    places: tuple[Place, Place] = (HERE, HERE)

    @property
    def stage(self) -> str:
        """The first stage that differs, in words."""
        return ", ".join(filter(None, (f"{self.result.id} {self.result.title}", self.result.where)))

    @property
    def title(self) -> str:
        """Which repeat it is; where both ran, if they ran in different places."""
        first, here = self.places
        return f"repeat {self.repeat}" + ("" if first == here else f" on {here}, repeat 0 on {first}")

    def to_json(self) -> dict[str, Any]:
        """Return the result as a JSON object, with the repeat and the stage, and the places if there are several."""
        body = {**self.result.to_json(), "repeat": self.repeat, "stage": self.stage}
        return body if self.places == (HERE, HERE) else body | {"places": list(map(attrs.asdict, self.places))}


@attrs.frozen(kw_only=True)
class RepeatsReport:
    """Repeats of one run with one seed.

    Args:
        seed: the seed of all repeats.
        count: how many repeats there are.
        run_digest: the run digest of the first repeat.
        difference: the first repeat that differs from the first one; None if all agree.
        spread: the largest minus the smallest value of each metric, 0.0 unless there is a bug.
        timings: medians by name, in seconds or examples per second.
    """

    seed: int
    count: int
    run_digest: str
    difference: Deviation | None
    spread: dict[str, float]
    timings: dict[str, MedianSummary]

    @property
    def identical(self) -> bool:
        """Whether every repeat agrees with the first in every stage."""
        return self.difference is None


def compare_repeats(
    seed: int, records: Sequence[RunRecord], places: Sequence[Place] = (), *, timed: bool = True
) -> RepeatsReport:
    """Return the report over the records of equal runs; each is compared with the first.

    Args:
        seed: the seed of all of them.
        records: at least two.
        places: where each of them ran; one process where none are given.
        timed: False where the runs disturbed each other, so that their times say nothing.
    """
    first, places = records[0], places or (HERE,) * len(records)
    found = ((index, find_first_difference(first, record)) for index, record in enumerate(records[1:], start=1))
    deviations = (
        Deviation(repeat=index, result=result, places=(places[0], places[index]))
        for index, result in found
        if result is not None
    )
    metrics = [record.metrics for record in records]
    shared = [name for name in sorted(first.metrics) if all(name in values for values in metrics)]
    return RepeatsReport(
        seed=seed,
        count=len(records),
        difference=next(deviations, None),
        run_digest=first.digests.run,
        spread={name: max(v[name] for v in metrics) - min(v[name] for v in metrics) for name in shared},
        timings=_summarize_timings(records) if timed else {},
    )


def require_identical(report: RepeatsReport) -> None:
    """Raise DifferentError, called a reproducibility bug, if the repeats of `report` do not agree."""
    if report.difference is not None:
        raise DifferentError(
            "reproducibility bug: repeats with the same seed differ",
            expected=report.difference.result.expected,
            found=report.difference.result.found,
            where=f"{report.difference.title}, {report.difference.stage} (earlier stages agree)",
            remedy="find what this stage reads besides the seed: time, thread order, hash order, memory",
        )


def _summarize_timings(records: Sequence[RunRecord]) -> dict[str, MedianSummary]:
    timings = [record.timing for record in records]
    present = [name for name in TIMINGS if all(name in timing for timing in timings)]
    return {name: summarize_median([timing[name] for timing in timings]) for name in present}
