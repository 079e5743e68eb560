"""Final metrics summarised over runs with different seeds."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import attrs

from appliance.benchmark.statistics import MeanSummary, summarize_mean
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


@attrs.frozen(kw_only=True)
class SeedsReport:
    """Runs with several seeds: `metrics` maps a final metric's name to its summary over `seeds`."""

    seeds: tuple[int, ...]
    metrics: dict[str, MeanSummary]


def summarize_seeds(seeds: Sequence[int], found: Sequence[Mapping[str, Any]]) -> SeedsReport:
    """Return the summary over the final metrics of runs with these seeds, in the same order.

    Raises:
        CouldNotJudgeError: a run lacks a metric.
    """
    other = "test_accuracy" if any(_ERROR in metrics for metrics in found) else _ERROR
    limits = {name: pair for name, pair in SEED_METRICS.items() if name != other}
    for seed, metrics in zip(seeds, found, strict=True):
        for name in limits:
            if name not in metrics:
                raise CouldNotJudgeError("a record lacks a metric", expected=name, where=f"seed {seed}")
    summaries = {
        name: summarize_mean([metrics[name] for metrics in found], limits=pair) for name, pair in limits.items()
    }
    return SeedsReport(seeds=tuple(seeds), metrics=summaries)
