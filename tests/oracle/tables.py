"""Functions from tables: the coefficients are made from integers, one row at a time."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from oracle.circle import find_pi, round_to_bits

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle.formats import Format

_BITS = 400
_ONE = 1 << _BITS

Series = list[int]


class Range(NamedTuple):
    """The arguments of a table and the coefficients of a row, with whether the first row consists of zeros."""

    lowest: float
    highest: float
    terms: int
    begins_with_zeros: bool = False


TABLES = {
    "tanh": {"f": Range(-9.25, 9.25, 4), "d": Range(-19.25, 19.25, 6)},
    "erf": {"f": Range(-4, 4, 4), "d": Range(-6, 6, 7)},
    "normal": {"f": Range(-8, 6, 4, True), "d": Range(-12, 9, 8, True)},
    "gelu'": {"f": Range(-8, 6, 4, True), "d": Range(-12, 9, 8, True)},
}


def _multiply(a: int, b: int) -> int:
    return a * b >> _BITS


def exponentiate(x: Fraction) -> int:
    """Return e**x in units of 2**-400."""
    halvings = 12
    reduced = int(x * _ONE / (1 << halvings))
    total = term = _ONE
    k = 1
    while term:
        term = _multiply(term, reduced) // k
        if term == -1:
            break
        total += term
        k += 1
    for _ in range(halvings):
        total = _multiply(total, total)
    return total


def expand_tanh(c: Fraction, terms: int) -> Series:
    """Return the Taylor coefficients of tanh at c: its derivative is 1 - tanh**2."""
    if c < 0:
        return [-a if k % 2 == 0 else a for k, a in enumerate(expand_tanh(-c, terms))]
    square = exponentiate(-2 * c)
    series = [(_ONE - square) * _ONE // (_ONE + square)]
    for k in range(terms - 1):
        product = sum(_multiply(series[i], series[k - i]) for i in range(k + 1))
        series.append(((_ONE if k == 0 else 0) - product) // (k + 1))
    return series


@cache
def _find_root(of: int) -> int:
    """Return the root of a number of units of 2**-400, by Newton's rule."""
    x = _ONE
    for _ in range(500):
        x = (x + of * _ONE // x) // 2
    return x


def expand_density(c: Fraction, terms: int) -> Series:
    """Return the Taylor coefficients of exp(-x**2 / 2) / sqrt(2 pi) at c: its derivative is -x times itself."""
    root = _find_root(int(2 * find_pi() * _ONE))
    series = [exponentiate(-c * c / 2) * _ONE // root]
    for k in range(terms - 1):
        below = series[k - 1] if k else 0
        series.append(-(int(c * series[k]) + below) // (k + 1))
    return series


def expand_normal(c: Fraction, terms: int) -> Series:
    """Return the Taylor coefficients of the normal distribution at c."""
    density = expand_density(c, terms)
    size = abs(c)
    term = total = int(size * _ONE)
    k = 1
    while term:
        term = int(term * size * size) // (2 * k + 1)
        total += term
        k += 1
    upper = _ONE // 2 + _multiply(density[0], total)
    return [upper if c >= 0 else _ONE - upper] + [density[k] // (k + 1) for k in range(terms - 1)]


def expand_gelu_slope(c: Fraction, terms: int) -> Series:
    """Return the Taylor coefficients of normal(x) + x times the density, at c."""
    density, normal = expand_density(c, terms), expand_normal(c, terms)
    return [normal[k] + int(c * density[k]) + (density[k - 1] if k else 0) for k in range(terms)]


def expand_erf(c: Fraction, terms: int) -> Series:
    """Return the Taylor coefficients of erf at c, 2 normal(sqrt(2) x) - 1 in its derivatives."""
    root = _find_root(int(find_pi() * _ONE))
    slope = [2 * exponentiate(-c * c) * _ONE // root]
    for k in range(terms - 1):
        below = slope[k - 1] if k else 0
        slope.append(-2 * (int(c * slope[k]) + below) // (k + 1))
    size = abs(c)
    term = total = int(size * _ONE)
    k = 1
    while term:
        term = int(term * 2 * size * size) // (2 * k + 1)
        total += term
        k += 1
    value = _multiply(slope[0], total)
    return [value if c >= 0 else -value] + [slope[k] // (k + 1) for k in range(terms - 1)]


_EXPANSIONS: dict[str, Callable[[Fraction, int], Series]] = {
    "tanh": expand_tanh,
    "erf": expand_erf,
    "normal": expand_normal,
    "gelu'": expand_gelu_slope,
}


@cache
def find_row(name: str, n: int, code: str) -> list[float]:
    """Return the coefficients of the row of n / 256, each rounded once."""
    table = TABLES[name][code]
    if table.begins_with_zeros and n == 256 * table.lowest:
        return [0.0] * table.terms
    series = _EXPANSIONS[name](Fraction(n, 256), table.terms)
    return [float(round_to_bits(Fraction(a, _ONE), 24 if code == "f" else 53)) for a in series]


def evaluate(name: str, x: float, fmt: Format) -> float:
    """Return the value of a function."""
    table, fl = TABLES[name][fmt.code], fmt.round_one
    x = min(max(x, table.lowest), table.highest)
    n = round(256.0 * x)
    r = x - n / 256.0
    first, *others = find_row(name, n, fmt.code)
    h = fl(others[-1] * r)
    for coefficient in reversed(others[:-1]):
        h = fl(fl(h + coefficient) * r)
    return fl(h + first)
