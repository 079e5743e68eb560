"""Repeats runs with one seed, which must agree, or with derived seeds, which are summarised.

Where repeats differ, the program has a reproducibility bug; the first stage that differs is named. Timings are kept
apart, and nothing here is hashed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from appliance.benchmark.statistics import MeanSummary, MedianSummary, summarize_mean, summarize_median
from appliance.config.schema import Config
from appliance.seeds import derive_benchmark_seed
from verify.errors import CouldNotJudgeError, DifferentError, UsageError
from verify.files.record import RECORD, RunRecord
from verify.judging.checks import find_first_difference

if TYPE_CHECKING:
    from verify.results import Result

_ERROR = "test_mean_absolute_error"
# The metrics over which seeds are summarised, with the limits between which each of them must be. A record has either
# an accuracy or, of a regression, a mean absolute error.
SEED_METRICS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "test_accuracy": (0.0, 1.0),
        "test_loss": (0.0, math.inf),
        _ERROR: (0.0, math.inf),
        "train_loss": (0.0, math.inf),
    }
)
TIMINGS = ("seconds", "examples_per_second")


class JsonRecord(Protocol):
    """What a run returns: anything with the JSON form of `train --json`."""

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        ...


Run = Callable[[Config], JsonRecord]


@attrs.frozen(kw_only=True)
class Deviation:
    """A repeat, counted from 0, that differs from the first one, and the first check that does not pass."""

    repeat: int
    result: Result

    @property
    def stage(self) -> str:
        """The first stage that differs, in words."""
        return ", ".join(filter(None, (f"{self.result.id} {self.result.title}", self.result.where)))

    def to_json(self) -> dict[str, Any]:
        """Return the result as a JSON object, with the repeat and the stage."""
        return {**self.result.to_json(), "repeat": self.repeat, "stage": self.stage}


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


@attrs.frozen(kw_only=True)
class SeedsReport:
    """Runs with several seeds: `metrics` maps a final metric's name to its summary over `seeds`."""

    seeds: tuple[int, ...]
    metrics: dict[str, MeanSummary]


def run_repeats(config: Config, repeats: int, run: Run) -> RepeatsReport:
    """Call `run(config)` `repeats` times (at least 2) with the same seed and compare every record with the first.

    Raises:
        UsageError: fewer than two repeats.
        CouldNotJudgeError: a record is not valid.
    """
    return run_interleaved(config, repeats, {"run": run})["run"]


def run_interleaved(config: Config, repeats: int, runs: Mapping[str, Run]) -> dict[str, RepeatsReport]:
    """Repeat several ways to run one configuration in turn, so that a slow period of the machine affects all.

    The order turns by one each round. Each way is compared with itself only. Errors as for `run_repeats`.
    """
    if repeats < 2:  # noqa: PLR2004 - one run has nothing to agree with
        raise UsageError("there are too few repeats to compare", expected="2 or more", found=repeats)
    names = list(runs)
    records: dict[str, list[RunRecord]] = {name: [] for name in names}
    for index in range(repeats):
        turn = index % len(names)
        for name in names[turn:] + names[:turn]:
            records[name].append(RECORD.parse(runs[name](config).to_json(), f"{name}, repeat {index}"))
    return {name: compare_repeats(config.seed, records[name]) for name in names}


def compare_repeats(seed: int, records: Sequence[RunRecord]) -> RepeatsReport:
    """Return the report over the records of equal runs; each is compared with the first."""
    first = records[0]
    found = ((index, find_first_difference(first, record)) for index, record in enumerate(records[1:], start=1))
    deviations = (Deviation(repeat=index, result=result) for index, result in found if result is not None)
    metrics = [record.metrics for record in records]
    shared = [name for name in sorted(first.metrics) if all(name in values for values in metrics)]
    return RepeatsReport(
        seed=seed,
        count=len(records),
        difference=next(deviations, None),
        run_digest=first.digests.run,
        spread={name: max(v[name] for v in metrics) - min(v[name] for v in metrics) for name in shared},
        timings=_summarize_timings(records),
    )


def require_identical(report: RepeatsReport) -> None:
    """Raise DifferentError, called a reproducibility bug, if the repeats of `report` do not agree."""
    if report.difference is not None:
        raise DifferentError(
            "reproducibility bug: repeats with the same seed differ",
            expected=report.difference.result.expected,
            found=report.difference.result.found,
            where=f"repeat {report.difference.repeat}, {report.difference.stage} (earlier stages agree)",
            remedy="find what this stage reads besides the seed: time, thread order, hash order, memory",
        )


def run_seeds(config: Config, seeds: int, run: Run) -> SeedsReport:
    """Call `run` once for each of `seeds` seeds and summarise the final metrics over them.

    The first seed is the configuration's own; the k-th derives from it under ("benchmark", k).

    Raises:
        UsageError: fewer than one seed.
        CouldNotJudgeError: a record lacks a metric.
    """
    if seeds < 1:
        raise UsageError("statistics need at least one seed", expected="1 or more", found=seeds)
    chosen = tuple(derive_benchmark_seed(config.seed, index) for index in range(seeds))
    found = [run(attrs.evolve(config, seed=seed)).to_json().get("metrics", {}) for seed in chosen]
    other = "test_accuracy" if any(_ERROR in metrics for metrics in found) else _ERROR
    limits = {name: pair for name, pair in SEED_METRICS.items() if name != other}
    for seed, metrics in zip(chosen, found, strict=True):
        for name in limits:
            if name not in metrics:
                raise CouldNotJudgeError("a record lacks a metric", expected=name, where=f"seed {seed}")
    summaries = {
        name: summarize_mean([metrics[name] for metrics in found], limits=pair) for name, pair in limits.items()
    }
    return SeedsReport(seeds=chosen, metrics=summaries)


def _summarize_timings(records: Sequence[RunRecord]) -> dict[str, MedianSummary]:
    timings = [record.timing for record in records]
    present = [name for name in TIMINGS if all(name in timing for timing in timings)]
    return {name: summarize_median([timing[name] for timing in timings]) for name in present}
