"""exp and log from IEEE operations, with the page's constants."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oracle.formats import Format

LOG2_E = float.fromhex("0x1.71547652b82fep+0")
LN2_HIGH = float.fromhex("0x1.62e42feep-1")
LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
EXP_SERIES = tuple(
    float.fromhex(text)
    for text in (
        "0x1.1f730349868cep-29 0x1.af4de97ca4194p-26 0x1.27e4db646b17ep-22 0x1.71de0231960ebp-19"
        " 0x1.a01a01a6d889cp-16 0x1.a01a01abe7fe1p-13 0x1.6c16c16c162d4p-10 0x1.11111111100dcp-7"
        " 0x1.5555555555556p-5 0x1.5555555555557p-3 0x1p-1"
    ).split()
)
SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")
LOG_SERIES = tuple(
    float.fromhex(text)
    for text in (
        "0x1.0c04595972ab8p-3 0x1.0fbe83c2cbcf3p-3 0x1.3b1c360763b8ap-3 0x1.745cf901605f7p-3 0x1.c71c720160b47p-3"
        " 0x1.2492492476c87p-2 0x1.9999999999a38p-2 0x1.5555555555555p-1"
    ).split()
)


def _evaluate(series: tuple[float, ...], x: float) -> float:
    total = series[0]
    for coefficient in series[1:]:
        total = total * x + coefficient
    return total


def exp(x: float) -> float:
    """Return e**x in double precision, for -708 <= x <= 709."""
    turns = round(x * LOG2_E)
    r = (x - turns * LN2_HIGH) - turns * LN2_LOW
    return math.ldexp(_evaluate(EXP_SERIES, r) * r * r + r + 1.0, turns)


def log(x: float) -> float:
    """Return the natural logarithm in double precision, for x > 0."""
    f, turns = math.frexp(x)
    if f < SQRT_HALF:
        f, turns = f * 2.0, turns - 1
    a = f - 1.0
    ratio = a / (a + 2.0)
    square = ratio * ratio
    half = a * a * 0.5
    tail = half + _evaluate(LOG_SERIES, square) * square
    tail = half - (ratio * tail + turns * LN2_LOW)
    return turns * LN2_HIGH - (tail - a)


@cache
def _tabulate(fmt: Format, last: int) -> list[float]:
    return fmt.round(exp(n / -256.0) for n in range(last + 1))


def exp_softly(x: float, fmt: Format) -> float:
    """Return e**x for x <= 0 as the terms of a softmax have it."""
    lowest, degree = (-16, 2) if fmt.precision == 24 else (-36, 5)
    x = max(x, float(lowest))
    n = round(-256.0 * x)
    r = x + n / 256.0
    entry = _tabulate(fmt, -256 * lowest)[n]
    coefficients = fmt.round(1.0 / math.factorial(k) for k in range(degree, 0, -1))
    total = coefficients[0]
    for coefficient in coefficients[1:]:
        total = fmt.round_one(fmt.round_one(total * r) + coefficient)
    q = fmt.round_one(total * r)
    return fmt.round_one(fmt.round_one(q * entry) + entry)
