"""The cosine, by the page's table and reduction; the table from integers."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

_BITS = 400
_TERMS = 8


@cache
def find_pi() -> Fraction:
    """Return pi to some 400 bits: 16 atan(1/5) - 4 atan(1/239) (Machin)."""
    return 16 * _find_arctangent(5) - 4 * _find_arctangent(239)


def _find_arctangent(inverse: int) -> Fraction:
    total, power, k = 0, (1 << _BITS) // inverse, 0
    while power:
        total += (-1) ** k * (power // (2 * k + 1))
        power, k = power // inverse**2, k + 1
    return Fraction(total, 1 << _BITS)


def round_to_bits(x: Fraction, bits: int) -> Fraction:
    """Return the nearest number of so many bits, ties to even."""
    if not x:
        return x
    shift = bits - abs(x.numerator).bit_length() + x.denominator.bit_length()
    if abs(x) * Fraction(2) ** shift >= 1 << bits:
        shift -= 1
    return round(x * Fraction(2) ** shift) / Fraction(2) ** shift


@cache
def find_row(n: int) -> list[float]:
    """Return the coefficients of the sine at n pi / 128, for n from 0 to 255."""
    sine, cosine = _find_sine_and_cosine(n)
    derivatives = [sine, cosine, -sine, -cosine]
    return [float(round_to_bits(derivatives[k % 4] / math.factorial(k), 53)) for k in range(_TERMS)]


@cache
def _find_sine_and_cosine(n: int) -> tuple[Fraction, Fraction]:
    """Return both to some 350 bits; exact where they are 0 or 1."""
    if n >= 64:
        sine, cosine = _find_sine_and_cosine(n - 64)
        return cosine, -sine
    if n == 0:
        return Fraction(0), Fraction(1)
    angle = int(find_pi() * n / 128 * (1 << _BITS))
    sums, term, k = [0, 0], 1 << _BITS, 0
    while term:
        sums[k % 2] += term if k % 4 < 2 else -term
        k += 1
        term = term * angle // k >> _BITS
    return Fraction(sums[1], 1 << _BITS), Fraction(sums[0], 1 << _BITS)


@cache
def find_parts() -> tuple[float, ...]:
    """Return i and p1 to p4 of the page."""
    rest, parts = find_pi() / 128, [round_to_bits(128 / find_pi(), 53)]
    for bits in (29, 29, 29, 53):
        parts.append(round_to_bits(rest, bits))
        rest -= parts[-1]
    return tuple(map(float, parts))


def find_cosine(x: float) -> float:
    """Return cos(x) in double precision."""
    return find_turned(x, 64)


def find_turned(x: float, places: int) -> float:
    """Return sin(x), from so many places of 256 of a turn further on, in double precision."""
    inverse, *parts = find_parts()
    n = round(x * inverse)
    for part in parts:
        x -= n * part
    *rest, last = find_row((n + places) % 256)
    h = last * x
    for coefficient in reversed(rest[1:]):
        h = (h + coefficient) * x
    return h + rest[0]
