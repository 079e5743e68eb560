"""Numbers as long integers, from which the tables of functions are rounded once.

Part of bits 2. A table holds correctly rounded numbers, so it is defined by mathematics alone: how it is computed has
no influence. Here a number is an integer of units 2**-240, at least 2**100 times finer than what is rounded.
"""

from __future__ import annotations

import math
from functools import lru_cache

BITS = 240
ONE = 1 << BITS


def round_fixed(value: int, significand: int) -> float:
    """Return the number of `significand` bits nearest to value * 2**-240, ties to even.

    >>> round_fixed(ONE // 3, 24)
    0.3333333432674408
    """
    size = abs(value)
    excess = size.bit_length() - significand
    if excess <= 0:
        return math.ldexp(value, -BITS)
    whole, rest = size >> excess, size & ((1 << excess) - 1)
    half = 1 << (excess - 1)
    whole += rest > half or (rest == half and whole % 2 == 1)
    return math.copysign(math.ldexp(whole, excess - BITS), value)


def multiply_fixed(a: int, b: int) -> int:
    """Return the product of two numbers, rounded down."""
    return a * b >> BITS


def multiply_series(a: list[int], b: list[int], k: int) -> int:
    """Return coefficient k of the product of two power series."""
    total = 0
    for i in range(k + 1):
        total += multiply_fixed(a[i], b[k - i])
    return total


def find_exp(numerator: int, denominator: int) -> int:
    """Return e**(numerator / denominator), by its series."""
    total, term, k = 0, ONE, 0
    while abs(term) > 1:
        total += term
        k += 1
        term = term * numerator // (denominator * k)
    return total


def find_sine_and_cosine(angle: int) -> tuple[int, int]:
    """Return sine and cosine of a number of at most about 1, by their series."""
    totals, term, k = [0, 0, 0, 0], ONE, 0
    while abs(term) > 1:
        totals[k % 4] += term
        k += 1
        term = multiply_fixed(term, angle) // k
    return totals[1] - totals[3], totals[0] - totals[2]


@lru_cache(maxsize=1)
def find_pi() -> int:
    """Return pi = 16 arctan(1 / 5) - 4 arctan(1 / 239) (Machin)."""
    return 16 * _find_arctan(5) - 4 * _find_arctan(239)


def _find_arctan(inverse: int) -> int:
    total, term, k = 0, ONE // inverse, 1
    while term:
        total += term // k if k % 4 == 1 else -(term // k)
        term //= inverse * inverse
        k += 2
    return total


def find_root(value: int) -> int:
    """Return the square root of a number, rounded down."""
    return math.isqrt(value << BITS)
