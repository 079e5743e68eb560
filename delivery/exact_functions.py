"""The functions of docs/numerics.md with counterparts of higher precision, which measure their errors."""

from __future__ import annotations

import decimal
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.numerics import activations, angles, functions, logarithms
from appliance.numerics.fixed_point import round_fixed
from appliance.numerics.tables import list_erf, list_gelu_slopes, list_normal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

_EXACT = decimal.Context(prec=60)
# Digits for what cancels: the tail of the normal distribution at -12 is 2e-33.
_LONG = decimal.Context(prec=150)
_BLOCK = 1 << 14


@attrs.frozen(kw_only=True)
class Function:
    """A portable function with its exact counterparts and the ranges, low to high, in which it is measured.

    Attributes:
        name: as in docs/numerics.md.
        portable: the function that is measured.
        wide: the same in float64 or long double, for the search.
        exact: the same in decimal arithmetic, for what the search found.
        ranges: lowest and highest argument by format.
        least: values smaller than this count as that where an ulp is meant.
    """

    name: str
    portable: Callable[[Floats], Floats]
    wide: Callable[[Floats], Floats]
    exact: Callable[[Decimal], Decimal]
    ranges: dict[str, tuple[float, float]]
    least: float = 0.0


def _tanh(x: Decimal) -> Decimal:
    power = _LONG.exp(_LONG.multiply(x, Decimal(2)))
    return _LONG.divide(_LONG.subtract(power, Decimal(1)), _LONG.add(power, Decimal(1)))


def _sigmoid(x: Decimal) -> Decimal:
    power = _LONG.exp(x)
    return _LONG.divide(power, _LONG.add(power, Decimal(1)))


@lru_cache(maxsize=1)
def _find_pi() -> Decimal:
    """Return pi by Gauss and Legendre."""
    with decimal.localcontext(_LONG):
        a, b, t, p = Decimal(1), 1 / Decimal(2).sqrt(), Decimal("0.25"), 1
        for _ in range(9):
            mean = (a + b) / 2
            b, t, a, p = (a * b).sqrt(), t - p * (a - mean) ** 2, mean, 2 * p
        return (a + b) ** 2 / (4 * t)


def _density(x: Decimal) -> Decimal:
    with decimal.localcontext(_LONG):
        return (-x * x / 2).exp() / (2 * _find_pi()).sqrt()


def _normal(x: Decimal) -> Decimal:
    """Return 1/2 plus density times x + x**3 / 3 + x**5 / (3 * 5) + ..."""
    with decimal.localcontext(_LONG):
        total, term, k = Decimal(0), x, 1
        while abs(term) > Decimal("1e-120"):
            total += term
            k += 2
            term = term * x * x / k
        return Decimal("0.5") + _density(x) * total


def _erf(x: Decimal) -> Decimal:
    with decimal.localcontext(_LONG):
        return 2 * _normal(x * Decimal(2).sqrt()) - 1


def _gelu(x: Decimal) -> Decimal:
    return _LONG.multiply(x, _normal(x))


def _gelu_slope(x: Decimal) -> Decimal:
    return _LONG.add(_normal(x), _LONG.multiply(x, _density(x)))


def _sine(x: Decimal) -> Decimal:
    with decimal.localcontext(_LONG):
        angle = x - (x / (2 * _find_pi())).to_integral_value() * 2 * _find_pi()
        total, term, k = Decimal(0), angle, 1
        while abs(term) > Decimal("1e-100"):
            total += term
            k += 2
            term = -term * angle * angle / (k * (k - 1))
        return total


def _cosine(x: Decimal) -> Decimal:
    with decimal.localcontext(_LONG):
        return _sine(x + _find_pi() / 2)


def _expm1(x: Decimal) -> Decimal:
    return _LONG.subtract(_LONG.exp(x), Decimal(1))


def _log1p(x: Decimal) -> Decimal:
    return _LONG.ln(_LONG.add(x, Decimal(1)))


def _make_wide(make_series: Callable[[int, int, int], Iterable[list[int]]], lowest: int, highest: int) -> Any:  # noqa: ANN401
    """Return a function that evaluates Taylor series at n / 256 in the wider of float64 and long double."""

    @lru_cache(maxsize=2)
    def make_rows(dtype: np.dtype[Any]) -> NDArray[np.floating[Any]]:
        rows = []
        for series in make_series(lowest, highest, 11):
            high = [round_fixed(value, 53) for value in series]
            low = [round_fixed(value - _fix(first), 53) for value, first in zip(series, high, strict=True)]
            rows.append(np.array(high, dtype=np.longdouble) + np.array(low, dtype=np.longdouble))
        return np.array(rows).astype(dtype)

    def evaluate_block(x: Floats) -> Floats:
        inside = np.clip(x, lowest / 256, highest / 256)
        places = np.rint(inside * 256)
        rows, rest = make_rows(x.dtype)[places.astype(np.int64) - lowest], inside - places / 256
        total = rows[:, -1]
        for k in range(rows.shape[1] - 2, -1, -1):
            total = total * rest + rows[:, k]
        return total

    def evaluate(x: Floats) -> Floats:
        blocks = [evaluate_block(x[start : start + _BLOCK]) for start in range(0, len(x), _BLOCK)]
        return np.concatenate(blocks)

    return evaluate


def _fix(number: float) -> int:
    numerator, denominator = number.as_integer_ratio()
    return (numerator << 240) // denominator


_wide_normal = _make_wide(list_normal, -3072, 3072)

_BOTH = "f32", "f64"

FUNCTIONS = (
    Function(
        name="exp",
        portable=functions.exp,
        wide=np.exp,
        exact=_EXACT.exp,
        ranges={"f32": (-87.0, 88.0), "f64": (-708.0, 709.0)},
    ),
    Function(
        name="soft_exp",
        portable=functions.exp_nonpositive,
        wide=np.exp,
        exact=_EXACT.exp,
        ranges={"f32": (-16.0, 0.0), "f64": (-36.0, 0.0)},
    ),
    Function(
        name="log",
        portable=logarithms.log,
        wide=np.log,
        exact=_EXACT.ln,
        ranges={
            "f32": (float(np.finfo(np.float32).tiny), float(np.finfo(np.float32).max)),
            "f64": (float(np.finfo(np.float64).tiny), float(np.finfo(np.float64).max)),
        },
    ),
    Function(
        name="expm1",
        portable=functions.expm1,
        wide=np.expm1,
        exact=_expm1,
        ranges={"f32": (-87.0, 88.0), "f64": (-708.0, 709.0)},
    ),
    Function(
        name="log1p",
        portable=logarithms.log1p,
        wide=np.log1p,
        exact=_log1p,
        ranges=dict.fromkeys(_BOTH, (-0.99, 100.0)),
    ),
    Function(
        name="tanh",
        portable=activations.tanh,
        wide=np.tanh,
        exact=_tanh,
        ranges={"f32": (-10.0, 10.0), "f64": (-20.0, 20.0)},
    ),
    Function(
        name="sigmoid",
        portable=activations.sigmoid,
        wide=lambda x: 1 / (1 + np.exp(-x)),
        exact=_sigmoid,
        ranges={"f32": (-87.0, 88.0), "f64": (-708.0, 709.0)},
    ),
    Function(
        name="erf",
        portable=activations.erf,
        wide=_make_wide(list_erf, -1600, 1600),
        exact=_erf,
        ranges=dict.fromkeys(_BOTH, (-6.25, 6.25)),
    ),
    Function(
        name="normal",
        portable=activations.normal_distribution,
        wide=_wide_normal,
        exact=_normal,
        ranges={"f32": (-7.99, 8.0), "f64": (-11.99, 12.0)},
    ),
    Function(
        name="gelu",
        portable=activations.gelu,
        wide=lambda x: x * _wide_normal(x),
        exact=_gelu,
        ranges={"f32": (-7.99, 16.0), "f64": (-11.99, 16.0)},
    ),
    Function(
        name="gelu_slope",
        portable=activations.gelu_slope,
        wide=_make_wide(list_gelu_slopes, -3072, 3072),
        exact=_gelu_slope,
        ranges={"f32": (-7.99, 8.0), "f64": (-11.99, 12.0)},
        least=0.125,
    ),
    Function(
        name="sin",
        portable=angles.sin,
        wide=np.sin,
        exact=_sine,
        ranges=dict.fromkeys(_BOTH, (-(2.0**18), 2.0**18)),
    ),
    Function(
        name="cos",
        portable=angles.cos,
        wide=np.cos,
        exact=_cosine,
        ranges=dict.fromkeys(_BOTH, (-(2.0**18), 2.0**18)),
    ),
)
