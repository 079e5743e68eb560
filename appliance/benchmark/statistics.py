"""Means with Student's t intervals, medians with distribution-free ones.

Plain Python, so that no BLAS, libm or SciPy version decides a published figure. Sums and squares are exact
rationals until the last rounding (the standard library's `statistics`).
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIDENCE = 0.95
_HALVINGS = 80  # more than the 53 bits of a float, from an interval of width pi / 2


@attrs.frozen(kw_only=True)
class MeanSummary:
    """A sample's mean, its standard deviation (n - 1 in the denominator), and the interval for the mean.

    All in the unit of the sample. `standard_deviation`, `low` and `high` are None for a single value.
    """

    n: int
    mean: float
    standard_deviation: float | None
    low: float | None
    high: float | None
    confidence: float


@attrs.frozen(kw_only=True)
class MedianSummary:
    """A sample's median and the interval for it between two of the sample's own values.

    In the unit of the sample. `confidence` is the probability that the interval covers the median, for any
    distribution; at least the one asked for. All three are None when the sample is too small (n < 6 at 0.95).
    """

    n: int
    median: float
    low: float | None
    high: float | None
    confidence: float | None


def compute_t_coverage(t: float, freedom: int) -> float:
    """Return P(|T| <= t) for Student's t with `freedom` degrees of freedom, t >= 0.

    The finite sums of Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.3 for odd and
    26.7.4 for even degrees of freedom; time grows with `freedom`.
    """
    return _sum_coverage(math.atan(t / math.sqrt(freedom)), freedom)


def _sum_coverage(theta: float, freedom: int) -> float:
    sine, cosine = math.sin(theta), math.cos(theta)
    odd = freedom % 2 == 1
    terms = []
    term = cosine if odd else 1.0
    for k in range(freedom // 2):
        terms.append(term)
        numerator, denominator = (2 * k + 2, 2 * k + 3) if odd else (2 * k + 1, 2 * k + 2)
        term *= cosine * cosine * numerator / denominator
    series = sine * math.fsum(terms)
    return (theta + series) * 2.0 / math.pi if odd else series


def compute_t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return t such that P(|T| <= t) = `confidence`, for `freedom` >= 1 degrees of freedom.

    Found by bisection on the angle atan(t / sqrt(freedom)); agrees with tables to about 12 digits.

    Raises:
        UsageError: fewer than one degree of freedom, or a confidence outside (0, 1).
    """
    if freedom < 1:
        raise UsageError("an interval needs at least one degree of freedom", expected="1 or more", found=freedom)
    _require_confidence(confidence)
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _sum_coverage(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def summarize_mean(
    values: Sequence[float], confidence: float = CONFIDENCE, *, limits: tuple[float, float] = (-math.inf, math.inf)
) -> MeanSummary:
    """Return mean, sample standard deviation and Student's t interval of `values`, in their unit.

    The interval supposes independent values from about a normal distribution. It ends at the limits between which
    every value must be, such as 0 and 1 for an accuracy.

    Raises:
        UsageError: no value, a value that is not finite, or a confidence outside (0, 1).
    """
    _require_sample(values)
    _require_confidence(confidence)
    n, mean = len(values), float(statistics.mean(values))
    if n == 1:
        return MeanSummary(n=n, mean=mean, standard_deviation=None, low=None, high=None, confidence=confidence)
    deviation = float(statistics.stdev(values))
    half = compute_t_quantile(n - 1, confidence) * deviation / math.sqrt(n)
    low, high = max(limits[0], mean - half), min(limits[1], mean + half)
    return MeanSummary(n=n, mean=mean, standard_deviation=deviation, low=low, high=high, confidence=confidence)


def summarize_median(values: Sequence[float], confidence: float = CONFIDENCE) -> MedianSummary:
    """Return the median of `values` with the narrowest symmetric order-statistic interval, in their unit.

    Between the k-th smallest and the k-th largest value lies the median with probability
    1 - 2 P(B < k), B binomial (n, 1/2): the largest k that keeps `confidence` is taken.

    Raises:
        UsageError: no value, a value that is not finite, or a confidence outside (0, 1).
    """
    _require_sample(values)
    _require_confidence(confidence)
    ordered, n = sorted(values), len(values)
    median = float(statistics.median(ordered))
    rank, tail, reached = 0, 0, 0.0
    while rank < n // 2:
        tail += math.comb(n, rank)
        covered = 1.0 - 2 * tail / 2**n
        if covered < confidence:
            break
        rank, reached = rank + 1, covered
    if rank == 0:
        return MedianSummary(n=n, median=median, low=None, high=None, confidence=None)
    return MedianSummary(n=n, median=median, low=ordered[rank - 1], high=ordered[n - rank], confidence=reached)


def _require_sample(values: Sequence[float]) -> None:
    if not values:
        raise UsageError("a statistic needs at least one value", expected="1 or more", found=0)
    for index, value in enumerate(values):
        if not math.isfinite(value):
            raise UsageError("a statistic needs finite values", found=value, where=f"value {index}")


def _require_confidence(confidence: float) -> None:
    if not 0.0 < confidence < 1.0:
        raise UsageError("a confidence must be between 0 and 1", expected="0 < confidence < 1", found=confidence)
