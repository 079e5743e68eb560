"""Probes of single operations: formats, rounding, subnormal numbers, zeros, conversions."""

from __future__ import annotations

import math
import operator
import threading
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.conformance.operations import Operations

    Floats = NDArray[np.floating[Any]]

_LENGTH = 37  # longer than any vector register, and not a multiple of one
_BITS: tuple[tuple[Any, Any, int], ...] = ((np.float32, np.uint32, 24), (np.float64, np.uint64, 53))
_LENGTHS = (1, 2, 3, 17, _LENGTH)  # a vector's tail may be computed by another unit than its body
# float64 operands that give a wrong result when it is rounded to the 64 bits of an x87 first.
_TWICE_ROUNDED = {
    "sum": (operator.add, "add", "0x1.d2051e76501c7p+0", "0x1.a9ce687c0063ap-23"),
    "product": (operator.mul, "multiply", "0x1.9dc6db51c7e3ep+0", "0x1.38a962921b56bp+0"),
    "quotient": (operator.truediv, "divide", "0x1.4bc91e2d939dbp+0", "0x1.9ff42b387017cp+0"),
}


def _fill(value: float, dtype: Any) -> Floats:  # noqa: ANN401 - any float type
    return np.full(_LENGTH, value, dtype=dtype)


def _scalar(value: float, dtype: Any) -> Floats:  # noqa: ANN401 - any float type
    return np.asarray(value, dtype=dtype)


def _describe(name: str, found: Floats, expected: float) -> str | None:
    wrong = np.flatnonzero(found != found.dtype.type(expected))
    return f"{name} in {found.dtype}: {found[wrong[0]]!r} instead of {expected!r}" if wrong.size else None


def check_formats(_: Operations) -> str | None:
    """Compare bit patterns of a few numbers with those of IEEE 754 binary32 and binary64."""
    table = {
        np.float32: ((1.0, 0x3F800000), (-2.5, 0xC0200000), (-0.0, 0x80000000), (math.inf, 0x7F800000)),
        np.float64: ((1.0, 0x3FF << 52), (-2.5, 0xC004 << 48), (-0.0, 1 << 63), (math.inf, 0x7FF << 52)),
    }
    for dtype, whole, _bits in _BITS:
        for value, pattern in table[dtype]:
            found = int(np.array([value], dtype=dtype).view(whole)[0])
            if found != pattern:
                return f"{value} in {np.dtype(dtype)} has the bits {found:#x} instead of {pattern:#x}"
    return None


def _round(value: Fraction, significand: int) -> float:
    """Return the binary number of that significand nearest to a positive value, ties to even."""
    exponent = value.numerator.bit_length() - value.denominator.bit_length() - significand
    while value / Fraction(2) ** exponent >= 2**significand:
        exponent += 1
    return math.ldexp(round(value / Fraction(2) ** exponent), exponent)


def check_rounding(operations: Operations) -> str | None:
    """Compare additions and products of either format, and float64 quotients and roots, with exact rationals."""
    for dtype, _, bits in _BITS:
        ulp = 2.0 ** (1 - bits)
        pairs = ((1.0, ulp / 2), (1.0 + ulp, ulp / 2), (1.0, ulp * 0.75), (1.0 + 5 * ulp, 1.0 + 3 * ulp), (1 / 3, 3.1))
        for a, b in ((float(dtype(a)), float(dtype(b))) for a, b in pairs):
            x, y = _fill(a, dtype), _fill(b, dtype)
            trials = [("sum", operations.add(x, y), Fraction(a) + Fraction(b))]
            trials.append(("product", operations.multiply(x, y), Fraction(a) * Fraction(b)))
            if dtype is np.float64:
                trials.append(("quotient", operations.divide(x, y), Fraction(a) / Fraction(b)))
            for name, found, exact in trials:
                trouble = _describe(f"{name} of {a!r} and {b!r}", found, _round(exact, bits))
                if trouble:
                    return trouble
    for value in (2.0, 1.0 + 2.0**-52, 3.0 - 2.0**-50, 1e-300):
        root = float(operations.sqrt(_fill(value, np.float64))[-1])
        below, above = math.nextafter(root, 0.0), math.nextafter(root, math.inf)
        low, high = (Fraction(root) + Fraction(below)) / 2, (Fraction(root) + Fraction(above)) / 2
        if not low * low <= Fraction(value) <= high * high:
            return f"square root of {value!r}: {root!r} is not the nearest"
    return None


def check_subnormals(operations: Operations) -> str | None:
    """Halve the smallest normal float64 and enlarge the smallest subnormal one, in arrays and in plain Python."""
    tiny, multiply = 2.0**-1022, operations.multiply
    for name, found, expected in (
        ("half of the smallest normal number", multiply(_fill(tiny, np.float64), _scalar(0.5, np.float64)), tiny / 2),
        (
            "a subnormal number times 2**60",
            multiply(_fill(2.0**-1074, np.float64), _scalar(2.0**60, np.float64)),
            2.0**-1014,
        ),
        (
            "difference of close numbers",
            operations.subtract(_fill(tiny * 1.5, np.float64), _scalar(tiny, np.float64)),
            tiny / 2,
        ),
    ):
        trouble = _describe(name, found, expected)
        if trouble or not expected:
            return trouble or f"{name} is 0 in plain Python"
    return None


def check_subnormals_elsewhere(operations: Operations) -> str | None:
    """Check subnormal numbers in a thread that was started for it."""
    found: list[str | None] = []
    thread = threading.Thread(target=lambda: found.append(check_subnormals(operations)))
    thread.start()
    thread.join()
    return found[0] if found else "the thread ended without an answer"


def check_short_subnormals(operations: Operations) -> str | None:
    """Halve the smallest normal float32 in an array."""
    half = operations.multiply(_fill(2.0**-126, np.float32), _scalar(0.5, np.float32)).view(np.uint32)
    return None if (half == 1 << 22).all() else f"half of the smallest normal number has the bits {int(half.min()):#x}"


def check_contraction(operations: Operations) -> str | None:
    """Multiply, then add, in two calls; a fused or wider operation would leave a remainder."""
    for dtype, _, bits in _BITS:
        a = _fill(1.0 + 2.0 ** (1 - bits), dtype)
        square = operations.multiply(a, a)
        rest = operations.subtract(square, _scalar(1.0 + 2.0 ** (2 - bits), dtype))
        trouble = _describe("a * a - fl(a * a)", rest, 0.0)
        if trouble:
            return trouble
        big = _scalar(2.0**bits, dtype)
        total = operations.subtract(operations.add(_fill(1.0, dtype), big), big)
        trouble = _describe("(1 + 2**p) - 2**p", total, 0.0)
        if trouble:
            return trouble
    return None


def check_double_rounding(operations: Operations) -> str | None:
    """Add, multiply and divide where rounding to a wider format first shows: plain Python, short arrays, strides."""
    for name, (operate, function, *operands) in _TWICE_ROUNDED.items():
        a, b = map(float.fromhex, operands)
        expected = _round(operate(Fraction(a), Fraction(b)), 53)
        if operate(a, b) != expected:
            return f"{name} in plain Python is rounded twice: {operate(a, b)!r} instead of {expected!r}"
        for length in _LENGTHS:
            x, y, compute = np.full(3 * length, a), np.full((2, length), b), getattr(operations, function)
            for kind, found in (
                ("plain", compute(x[:length], y[0])),
                ("with a stride", compute(x[::3], y[1])),
                ("with a scalar", compute(x[1 : length + 1], _scalar(b, np.float64))),
            ):
                trouble = _describe(f"{name} of {length} numbers, {kind},", found, expected)
                if trouble:
                    return trouble
    return None


def check_zeros(operations: Operations) -> str | None:
    """Compare the signs of zeros with those of IEEE 754, and check that rounding by a constant never yields -0."""
    for dtype, _, bits in _BITS:
        add, subtract, constant = operations.add, operations.subtract, _scalar(1.5 * 2.0 ** (bits - 1), dtype)
        three, zero, part, minus = (_fill(value, dtype) for value in (3.0, 0.0, -0.3, -0.0))
        for name, found, negative in (
            ("x - x", subtract(three, three), False),
            ("0 * -1", operations.multiply(zero, _scalar(-1.0, dtype)), True),
            ("(-0.3 + C) - C", subtract(add(part, constant), constant), False),
            ("-0 + 0", add(minus, zero), False),
        ):
            if found.any() or (operations.signbit(found) != negative).any():
                return f"{name} in {np.dtype(dtype)} gives {found[0]!r} instead of {'-' if negative else '+'}0"
    return None


def check_conversions(operations: Operations) -> str | None:
    """Round halves, split and join numbers, and convert bytes and whole numbers, compared with plain Python."""
    values = [k / 4 for k in range(-19, 20)]
    for dtype, _, _ in _BITS:
        x = np.array(values, dtype=dtype)
        if operations.rint(x).tolist() != [float(round(v)) for v in values]:
            return f"rint in {np.dtype(dtype)} does not round halves to even"
        if x.astype(np.intp).tolist() != [int(v) for v in values]:
            return f"{np.dtype(dtype)} is not cut to whole numbers towards zero"
        if np.arange(256, dtype=np.uint8).astype(dtype).tolist() != [float(k) for k in range(256)]:
            return f"bytes are not converted exactly to {np.dtype(dtype)}"
    wide = np.array(values)
    fraction, exponent = operations.frexp(wide)
    if list(zip(fraction.tolist(), exponent.tolist(), strict=True)) != [math.frexp(v) for v in values]:
        return "frexp differs from Python's"
    return None if operations.ldexp(fraction, exponent).tolist() == values else "ldexp does not undo frexp"
