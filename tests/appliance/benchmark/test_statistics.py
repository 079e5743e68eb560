"""Statistics, compared with published tables, exact cases and properties that need no simulation."""

from __future__ import annotations

import math

import pytest

from appliance.benchmark.statistics import (
    compute_t_coverage,
    compute_t_quantile,
    summarize_mean,
    summarize_median,
)
from verify.errors import UsageError

# Two-sided 95 % and 99 % points as printed in common tables of Student's t.
TABLE = [
    (1, 0.95, 12.706), (2, 0.95, 4.303), (3, 0.95, 3.182), (4, 0.95, 2.776), (5, 0.95, 2.571), (9, 0.95, 2.262),
    (30, 0.95, 2.042), (100, 0.95, 1.984), (1000, 0.95, 1.962), (1, 0.99, 63.657), (10, 0.99, 3.169),
    (7, 0.90, 1.895),
]  # fmt: skip


@pytest.mark.parametrize(("freedom", "confidence", "published"), TABLE)
def test_quantiles_are_the_published_ones(freedom: int, confidence: float, published: float) -> None:
    """Each quantile rounds to its table entry."""
    assert round(compute_t_quantile(freedom, confidence), 3) == published


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [
        (1, math.tan(math.pi * 0.95 / 2)),  # the Cauchy distribution, in closed form
        (2, 0.95 * math.sqrt(2 / (1 - 0.95**2))),  # two degrees of freedom, in closed form
    ],
)
def test_small_quantiles_have_closed_forms(freedom: int, quantile: float) -> None:
    """For one and two degrees of freedom the quantile is elementary, to twelve digits."""
    assert math.isclose(compute_t_quantile(freedom), quantile, rel_tol=1e-12)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 15, 16, 99, 500])
def test_coverage_inverts_the_quantile(freedom: int) -> None:
    """Coverage grows from 0, is under 1, and gives the confidence back at the quantile."""
    assert compute_t_coverage(0.0, freedom) == 0.0
    assert math.isclose(compute_t_coverage(compute_t_quantile(freedom), freedom), 0.95, rel_tol=1e-12)
    assert compute_t_coverage(1.0, freedom) < compute_t_coverage(2.0, freedom) < 1.0


def test_a_worked_sample() -> None:
    """Mean 5, variance 32 / 7 and the t interval for 2, 4, 4, 4, 5, 5, 7, 9, worked by hand."""
    found = summarize_mean([2, 4, 4, 4, 5, 5, 7, 9])
    half = 2.364624 * math.sqrt(32 / 7) / math.sqrt(8)
    assert (found.n, found.mean, found.confidence) == (8, 5.0, 0.95)
    assert found.standard_deviation == pytest.approx(math.sqrt(32 / 7), rel=1e-15)
    assert found.low == pytest.approx(5 - half, rel=1e-6)
    assert found.high == pytest.approx(5 + half, rel=1e-6)


def test_equal_values_have_no_spread() -> None:
    """A value that floats cannot sum exactly still has itself as mean and a deviation of exactly zero."""
    found = summarize_mean([0.1] * 3)
    assert (found.mean, found.standard_deviation, found.low, found.high) == (0.1, 0.0, 0.1, 0.1)


def test_large_offsets_cancel_exactly() -> None:
    """A tiny spread on a large offset survives, which summing squares in floats would lose."""
    found = summarize_mean([1e9, 1e9 + 1, 1e9 + 2])
    assert (found.mean, found.standard_deviation) == (1e9 + 1, 1.0)


def test_one_value_has_no_interval() -> None:
    """From a single value neither deviation nor interval is claimed."""
    found = summarize_mean([0.5])
    assert (found.n, found.mean) == (1, 0.5)
    assert (found.standard_deviation, found.low, found.high) == (None, None, None)
    median = summarize_median([0.5])
    assert (median.median, median.low, median.high, median.confidence) == (0.5, None, None, None)


# Ranks of the symmetric 95 % interval for the median, with coverage, as in tables for the sign test.
@pytest.mark.parametrize(
    ("n", "rank", "coverage"),
    [
        (6, 1, 0.9688),
        (8, 1, 0.9922),
        (9, 2, 0.9609),
        (10, 2, 0.9785),
        (15, 4, 0.9648),
        (20, 6, 0.9586),
        (25, 8, 0.9567),
    ],
)
def test_median_intervals_are_the_published_ones(n: int, rank: int, coverage: float) -> None:
    """Between the rank-th smallest and rank-th largest of 1 to n, with the tabulated coverage."""
    found = summarize_median(list(range(n, 0, -1)))
    assert (found.low, found.high, found.median) == (rank, n + 1 - rank, (n + 1) / 2)
    assert found.confidence is not None
    assert round(found.confidence, 4) == coverage


def test_five_values_are_too_few_for_a_median_interval() -> None:
    """Even from smallest to largest, five values cover the median in only 93.75 % of cases."""
    assert summarize_median([1, 2, 3, 4, 5]).low is None
    assert summarize_median([1, 2, 3, 4, 5], confidence=0.9).low == 1


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_no_or_infinite_values_are_refused(values: list[float]) -> None:
    """An empty or non-finite sample has no statistics."""
    with pytest.raises(UsageError):
        summarize_mean(values)
    with pytest.raises(UsageError):
        summarize_median(values)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_outside_zero_to_one_is_refused(confidence: float) -> None:
    """Percent in place of a fraction is caught."""
    with pytest.raises(UsageError):
        compute_t_quantile(4, confidence)
    with pytest.raises(UsageError):
        summarize_median([1, 2], confidence)


def test_no_freedom_is_refused() -> None:
    """One value leaves no degree of freedom to estimate an error from."""
    with pytest.raises(UsageError):
        compute_t_quantile(0)


def test_interval_ends_at_the_limits_of_the_values() -> None:
    """An accuracy above 1 is impossible, so that the interval does not hold one."""
    found = summarize_mean([0.9, 0.99, 1.0], limits=(0.0, 1.0))
    assert found.high == 1.0
    assert 0.0 < (found.low or 0.0) < 0.9
    assert (summarize_mean([0.9, 0.99, 1.0]).high or 0.0) > 1.0
    assert summarize_mean([0.01, 0.02, 0.5], limits=(0.0, math.inf)).low == 0.0
