"""How likely it is that two worlds differ by chance alone."""

from __future__ import annotations

from math import comb

SURE = 1e-5
"""The chance below which a cause is told."""
LIKELY = 1e-3
"""The chance below which the search goes on with a difference, which is proved later."""
_PESSIMISTIC = 0.8  # the true rate may be this part of the one that was seen


def compute_chance(here: int, runs: int, there: int, others: int) -> float:
    """Return the chance that an event which is equally likely in two worlds happens so often in the first one.

    This is the one-sided exact test of Fisher.

    Args:
        here: how often it happened in the first world.
        runs: the runs of the first world.
        there: how often it happened in the second world.
        others: the runs of the second world.
    """
    total = here + there
    ways = 0
    for seen in range(here, min(runs, total) + 1):
        ways += comb(runs, seen) * comb(others, total - seen)
    return ways / comb(runs + others, total)


def plan_runs(seen: int, runs: int, below: float, most: int) -> int | None:
    """Return how many runs without an event are needed where another world had it in some of its runs.

    Args:
        seen: how often it happened there.
        runs: the runs of that world.
        below: the chance that must not be reached.
        most: the most runs that can be spent.

    Returns:
        The number of runs; None if more are needed than can be spent.
    """
    return next((count for count in range(2, most + 1) if compute_chance(seen, runs, 0, count) < below), None)


def plan_repeats(rate: float, below: float, most: int) -> int | None:
    """Return after how many runs an event of this rate is seen; None if more are needed than can be spent."""
    missed = 1.0
    for count in range(1, most + 1):
        missed *= 1 - _PESSIMISTIC * rate
        if missed < below:
            return count
    return None
