"""exp and log from IEEE operations, with the page's constants."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from oracle.formats import F32, F64

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oracle.formats import Format


class Reduction(NamedTuple):
    """Constants of exp in one format."""

    lowest: float
    highest: float
    log2_e: float
    ln2_high: float
    ln2_low: float
    series: tuple[float, ...]


def _read(text: str) -> tuple[float, ...]:
    return tuple(float.fromhex(word) for word in text.split())


EXP_F32 = Reduction(
    -87.0,
    88.0,
    float.fromhex("0x1.715476p+0"),
    float.fromhex("0x1.62e4p-1"),
    float.fromhex("0x1.7f7d1cp-20"),
    _read("0x1.6d110ap-10 0x1.120b6ep-7 0x1.55551ap-5 0x1.5554dcp-3 0x1p-1"),
)
EXP_F64 = Reduction(
    -708.0,
    709.0,
    float.fromhex("0x1.71547652b82fep+0"),
    float.fromhex("0x1.62e42feep-1"),
    float.fromhex("0x1.a39ef35793c76p-33"),
    _read(
        "0x1.1f730349868cep-29 0x1.af4de97ca4194p-26 0x1.27e4db646b17ep-22 0x1.71de0231960ebp-19"
        " 0x1.a01a01a6d889cp-16 0x1.a01a01abe7fe1p-13 0x1.6c16c16c162d4p-10 0x1.11111111100dcp-7"
        " 0x1.5555555555556p-5 0x1.5555555555557p-3 0x1p-1"
    ),
)
SQRT_HALF = float.fromhex("0x1.6a09e667f3bcdp-1")
LOG_SERIES = _read(
    "0x1.0c04595972ab8p-3 0x1.0fbe83c2cbcf3p-3 0x1.3b1c360763b8ap-3 0x1.745cf901605f7p-3 0x1.c71c720160b47p-3"
    " 0x1.2492492476c87p-2 0x1.9999999999a38p-2 0x1.5555555555555p-1"
)


def _evaluate(series: Iterable[float], x: float, fmt: Format) -> float:
    first, *others = series
    total = first
    for coefficient in others:
        total = fmt.round_one(fmt.round_one(total * x) + coefficient)
    return total


def exp(x: float, fmt: Format) -> float:
    """Return e**x."""
    table, fl = EXP_F32 if fmt is F32 else EXP_F64, fmt.round_one
    if not table.lowest <= x <= table.highest:
        return 0.0 if x < table.lowest else math.inf
    turns = round(fl(x * table.log2_e))
    r = fl(fl(x - fl(turns * table.ln2_high)) - fl(turns * table.ln2_low))
    h = fl(fl(_evaluate(table.series, r, fmt) * r) * r)
    return math.ldexp(fl(fl(h + r) + 1.0), turns)


def log(x: float) -> float:
    """Return the natural logarithm in double precision, for x > 0."""
    f, turns = math.frexp(x)
    if f < SQRT_HALF:
        f, turns = f * 2.0, turns - 1
    y = f - 1.0
    q = y / (y + 2.0)
    w = q * q
    a = y * y * 0.5
    t = a + _evaluate(LOG_SERIES, w, F64) * w
    return turns * EXP_F64.ln2_high - ((a - (q * t + turns * EXP_F64.ln2_low)) - y)


@cache
def _tabulate(fmt: Format, last: int) -> list[float]:
    return fmt.round([exp(n / -256.0, F64) for n in range(last + 1)])


@cache
def _list_factors(fmt: Format, degree: int) -> list[float]:
    return fmt.round([1.0 / math.factorial(k) for k in range(degree, 0, -1)])


def exp_nonpositive(x: float, fmt: Format) -> float:
    """Return e**x for x <= 0 as the terms of a softmax have it."""
    lowest, degree = (-16, 2) if fmt is F32 else (-36, 5)
    x = max(x, float(lowest))
    n = round(-256.0 * x)
    r = x + n / 256.0
    entry = _tabulate(fmt, -256 * lowest)[n]
    q = fmt.round_one(_evaluate(_list_factors(fmt, degree), r, fmt) * r)
    return fmt.round_one(fmt.round_one(q * entry) + entry)


def log1p(x: float) -> float:
    """Return log(1 + x) in double precision, for x >= 0."""
    u = 1.0 + x
    return x if u == 1.0 else log(u) + (x - (u - 1.0)) / u


def sigmoid(x: float) -> float:
    """Return 1 / (1 + e**-x) in double precision."""
    t = exp(min(max(x, EXP_F64.lowest), EXP_F64.highest), F64)
    return t / (1.0 + t)
