"""Tables of Taylor series: a function's first coefficients at equally spaced arguments, correctly rounded.

Part of bits 2. Row n of a table has the coefficients `f(c), f'(c), f''(c) / 2, ...` at c = n / 256, of the sine at
n pi / 128. Each is the number of the format that is nearest to the exact one, ties to even.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.numerics.fixed_point import (
    BITS,
    ONE,
    find_exp,
    find_pi,
    find_root,
    find_sine_and_cosine,
    multiply_fixed,
    multiply_series,
    round_fixed,
)
from appliance.numerics.formats import F32

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from appliance.numerics.formats import Format

    Floats = NDArray[np.floating[Any]]

    Series = list[int]

# Arguments of tables are multiples of 1 / 256.
STEPS = 256
_HALF = ONE >> 1


@attrs.frozen(kw_only=True, eq=False)
class Table:
    """Taylor coefficients of one function in one format.

    Attributes:
        lowest: the argument of the first row, a scalar of the format; smaller arguments count as that.
        highest: the argument of the last row; larger arguments count as that.
        offset: the place of the argument 0.
        rows: shape (n, terms), constant term first.
    """

    lowest: Any
    highest: Any
    offset: int
    rows: Floats


def make_table(series: Iterable[Series], lowest: int, highest: int, fmt: Format) -> Table:
    """Round the series at n / 256 for n from lowest to highest."""
    rows = [[round_fixed(value, fmt.significand) for value in one] for one in series]
    number = fmt.dtype
    return Table(
        lowest=number(lowest / STEPS),
        highest=number(highest / STEPS),
        offset=-lowest,
        rows=np.array(rows, dtype=np.float64).astype(number),
    )


def _extend(positive: list[Series], lowest: int, highest: int) -> Iterator[Series]:
    """Yield the series of an odd function for n from lowest to highest from those for n >= 0."""
    for n in range(lowest, highest + 1):
        yield positive[n] if n >= 0 else [value if k % 2 else -value for k, value in enumerate(positive[-n])]


@lru_cache(maxsize=2)
def make_tanh_table(fmt: Format) -> Table:
    """Return the table of tanh: 4 terms up to 9.25 (f32), 6 terms up to 19.25 (f64), both signs."""
    highest, terms = (2368, 4) if fmt is F32 else (4928, 6)
    return make_table(_extend(list(_list_tanh(highest, terms)), -highest, highest), -highest, highest, fmt)


def _list_tanh(highest: int, terms: int) -> Iterator[Series]:
    step, power = find_exp(2, STEPS), ONE
    for _ in range(highest + 1):
        series = [((power - ONE) << BITS) // (power + ONE)]
        for k in range(terms - 1):  # tanh' = 1 - tanh**2
            series.append(((0 if k else ONE) - multiply_series(series, series, k)) // (k + 1))
        yield series
        power = multiply_fixed(power, step)


@lru_cache(maxsize=2)
def make_erf_table(fmt: Format) -> Table:
    """Return the table of erf: 4 terms up to 4 (f32), 7 terms up to 6 (f64), both signs."""
    highest, terms = (1024, 4) if fmt is F32 else (1536, 7)
    return make_table(list_erf(-highest, highest, terms), -highest, highest, fmt)


def list_erf(lowest: int, highest: int, terms: int) -> Iterator[Series]:
    """Yield the series of erf at n / 256 for n from lowest to highest."""
    slope = (2 * ONE << BITS) // find_root(find_pi())
    yield from _extend(list(_list_integral(max(-lowest, highest), terms, 2, slope)), lowest, highest)


@lru_cache(maxsize=2)
def make_normal_table(fmt: Format) -> Table:
    """Return the table of the normal distribution: 4 terms from -8 to 6 (f32), 8 from -12 to 9 (f64).

    The first row is zero.
    """
    lowest, highest, terms = (-2048, 1536, 4) if fmt is F32 else (-3072, 2304, 8)
    return make_table(_end_in_zeros(list_normal(lowest, highest, terms)), lowest, highest, fmt)


@lru_cache(maxsize=2)
def make_gelu_slope_table(fmt: Format) -> Table:
    """Return the table of the derivative of gelu, of the same size as that of the normal distribution."""
    lowest, highest, terms = (-2048, 1536, 4) if fmt is F32 else (-3072, 2304, 8)
    return make_table(_end_in_zeros(list_gelu_slopes(lowest, highest, terms)), lowest, highest, fmt)


def _end_in_zeros(all_series: Iterable[Series]) -> Iterator[Series]:
    for place, series in enumerate(all_series):
        yield series if place else [0] * len(series)


def list_normal(lowest: int, highest: int, terms: int) -> Iterator[Series]:
    """Yield the series of the normal distribution at n / 256 for n from lowest to highest."""
    slope = (ONE << BITS) // find_root(2 * find_pi())
    positive = list(_list_integral(max(-lowest, highest), terms, 1, slope))
    for series in _extend(positive, lowest, highest):
        yield [series[0] + _HALF, *series[1:]]


def list_gelu_slopes(lowest: int, highest: int, terms: int) -> Iterator[Series]:
    """Yield the series of the derivative of gelu at n / 256 for n from lowest to highest."""
    for n, series in enumerate(list_normal(lowest, highest, terms + 1), lowest):
        density = [(k + 1) * value for k, value in enumerate(series[1:])]
        shifted = [0, *density]
        yield [series[k] + n * density[k] // STEPS + shifted[k] for k in range(terms)]


def _list_integral(highest: int, terms: int, curvature: int, slope: int) -> Iterator[Series]:
    """Yield the series at 0, 1 / 256, ... of the integral from 0 of `slope * exp(-curvature * x**2 / 2)`."""
    enough = BITS // 8 + 2
    value, density = 0, slope
    shrink = find_exp(-curvature, STEPS * STEPS)
    step = find_exp(-curvature, 2 * STEPS * STEPS)
    for n in range(highest + 1):
        series = [value, density]
        for k in range(1, enough - 1):  # f'' = -curvature * x * f'
            lower = series[k - 1] * (k - 1) // k
            series.append(-curvature * (n * series[k] // STEPS + lower) // (k + 1))
        yield series[:terms]
        for k in range(1, enough):
            value += series[k] >> 8 * k
        density = multiply_fixed(density, step)
        step = multiply_fixed(step, shrink)


@lru_cache(maxsize=1)
def make_sine_rows() -> NDArray[np.float64]:
    """Return the coefficients of the sine at n pi / 128, n = 0 to 255, shape (256, 8), in float64."""
    sine_step, cosine_step = find_sine_and_cosine(find_pi() >> 7)
    first, rows = _list_quarter(sine_step, cosine_step), []
    for n in range(256):
        quarter, place = divmod(n, 64)
        sine, cosine = first[place]
        derivatives = (sine, cosine, -sine, -cosine)
        series, divisor = [], 1
        for k in range(8):
            divisor *= max(k, 1)
            series.append(round_fixed(derivatives[(quarter + k) % 4] // divisor, 53))
        rows.append(series)
    return np.array(rows)


def _list_quarter(sine_step: int, cosine_step: int) -> list[tuple[int, int]]:
    """Return sine and cosine at n pi / 128 for n = 0 to 63."""
    sine, cosine, pairs = 0, ONE, []
    for _ in range(64):
        pairs.append((sine, cosine))
        sine, cosine = (
            multiply_fixed(sine, cosine_step) + multiply_fixed(cosine, sine_step),
            multiply_fixed(cosine, cosine_step) - multiply_fixed(sine, sine_step),
        )
    return pairs
