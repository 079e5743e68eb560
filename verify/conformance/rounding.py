"""Probes of rounding on many operands, compared with exact rational numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.host.probes import make_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.conformance.operations import Operations

    Floats = NDArray[np.floating[Any]]

_BITS: tuple[tuple[Any, int], ...] = ((np.float32, 24), (np.float64, 53))
_COUNT = 67  # operands of each kind: longer than any vector register, with a tail
# Quotients that come out wrong when the divisor's inverse is rounded first; found by trying small whole numbers.
_INVERSES = ((5.0, 3.0), (7.0, 5.0), (9.0, 7.0), (25.0, 11.0), (49.0, 3.0), (1.0, 49.0), (6.0, 41.0), (3.0, 47.0))


def round_exactly(value: Fraction, significand: int) -> float:
    """Return the binary number of that significand nearest to a positive value, ties to even."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - significand
    while value / Fraction(2) ** exponent >= 2**significand:
        exponent += 1
    while value / Fraction(2) ** exponent < 2 ** (significand - 1):
        exponent -= 1
    return math.ldexp(round(value / Fraction(2) ** exponent), exponent)


def _draw(low: float, high: float, dtype: Any, start: int) -> Floats:  # noqa: ANN401 - any float type
    """Return positive operands with all bits of the format in use."""
    wide = make_values(2 * _COUNT + start, low, high, np.float64)[start:]
    fine = make_values(2 * _COUNT + start, 0.0, 2.0**-22, np.float64)[start:]
    return np.asarray(wide[:_COUNT] + fine[_COUNT:]).astype(dtype)


def _compare(name: str, found: Floats, expected: list[float]) -> str | None:
    wrong = np.flatnonzero(found.astype(np.float64) != np.array(expected))
    if not wrong.size:
        return None
    place = int(wrong[0])
    return f"{name} in {found.dtype}, {wrong.size} of {len(expected)}: {float(found[place])!r} not {expected[place]!r}"


def check_quotients(operations: Operations) -> str | None:
    """Divide float64 numbers, and float32 numbers through float64, as portable arithmetic does."""
    for dtype, bits in _BITS:
        pairs = np.array(_INVERSES, dtype=dtype)
        a = np.concatenate([_draw(1.0, 2.0, dtype, 3), pairs[:, 0]])
        b = np.concatenate([_draw(0.3, 3.0, dtype, 11), pairs[:, 1]])
        found = operations.divide(a.astype(np.float64), b.astype(np.float64))
        if dtype is np.float32:
            found = operations.cast(found, np.float32)
        exact = [round_exactly(Fraction(float(x)) / Fraction(float(y)), bits) for x, y in zip(a, b, strict=True)]
        trouble = _compare("quotients", found, exact)
        if trouble:
            return trouble
    return None


def check_roots(operations: Operations) -> str | None:
    """Take square roots of float64 numbers; the square of the midpoint to each neighbour tells which is nearest."""
    values = np.concatenate([_draw(1.0, 4.0, np.float64, 5), _draw(1.0, 4.0, np.float64, 7) * 2.0**-700])
    for value, root in zip(values.tolist(), operations.sqrt(values).tolist(), strict=True):
        below, above = math.nextafter(root, 0.0), math.nextafter(root, math.inf)
        low, high = (Fraction(root) + Fraction(below)) / 2, (Fraction(root) + Fraction(above)) / 2
        if not low * low <= Fraction(value) <= high * high:
            return f"square root of {value!r}: {root!r} is not the nearest"
    return None


def check_casts(operations: Operations) -> str | None:
    """Round float64 numbers to float32: any, ties to even, and just above and below ties."""
    ulp = 2.0**-23
    values = _draw(1.0, 2.0, np.float64, 13).tolist()
    values += [1.0 + ulp / 2 * k for k in range(9)]
    values += [math.nextafter(1.0 + ulp / 2 * k, limit) for k in range(1, 9, 2) for limit in (0.0, 2.0)]
    found = operations.cast(np.array(values), np.float32)
    return _compare("conversions", found, [round_exactly(Fraction(value), 24) for value in values])


def check_sums_and_products(operations: Operations) -> str | None:
    """Add and multiply random numbers of both formats."""
    for dtype, bits in _BITS:
        a, b = _draw(1.0, 2.0, dtype, 17), _draw(0.3, 3.0, dtype, 19)
        pairs = [(Fraction(float(x)), Fraction(float(y))) for x, y in zip(a, b, strict=True)]
        trouble = _compare("sums", operations.add(a, b), [round_exactly(x + y, bits) for x, y in pairs])
        if trouble is None:
            products = operations.multiply(a, b)
            trouble = _compare("products", products, [round_exactly(x * y, bits) for x, y in pairs])
        if trouble:
            return trouble
    return None


def check_many(operations: Operations) -> str | None:
    """Make all comparisons of this module."""
    checks = (check_sums_and_products, check_quotients, check_roots, check_casts)
    return next(filter(None, (check(operations) for check in checks)), None)
