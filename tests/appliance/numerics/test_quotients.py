"""Quotients and roots: the correctly rounded value, also through float64."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from appliance.numerics.plans import Plan
from appliance.numerics.quotients import divide_rounded, sqrt_rounded

POSITIVE = st.floats(2.0**-40, 2.0**40, width=32)


@given(POSITIVE, POSITIVE)
def test_quotients_are_the_nearest_float32(a: float, b: float) -> None:
    """No float32 is closer to the rational quotient than the one returned."""
    out = divide_rounded(np.array([a], np.float32), np.array([b], np.float32), out=np.empty(1, np.float32))
    exact = Fraction(a) / Fraction(b)
    error = abs(Fraction(float(out[0])) - exact)
    for neighbour in (np.nextafter(out[0], np.float32(0)), np.nextafter(out[0], np.float32(np.inf))):
        assert error <= abs(Fraction(float(neighbour)) - exact)


@given(POSITIVE)
def test_roots_are_the_nearest_float32(x: float) -> None:
    """The root lies between the midpoints to its neighbours, decided in integers."""
    root = float(sqrt_rounded(np.array([x], np.float32), out=np.empty(1, np.float32))[0])
    low = (Fraction(root) + Fraction(float(np.nextafter(np.float32(root), np.float32(0))))) / 2
    high = (Fraction(root) + Fraction(float(np.nextafter(np.float32(root), np.float32(np.inf))))) / 2
    assert low * low <= Fraction(x) <= high * high


def test_the_loops_of_float64_are_asked_for() -> None:
    """On hosts that only estimate float32 quotients, these loops are needed; on others the result does not show it."""
    x = np.ones(2, np.float32)
    plan = Plan()
    divide_rounded(x, x, x, plan)
    sqrt_rounded(x, x, plan)
    asked = [(call.operation, call.named.get("dtype")) for call in plan.stages[0].calls]
    assert asked == [("divide", np.float64), ("sqrt", np.float64)]


def test_float64_is_left_as_it_is() -> None:
    """In float64 both are plain IEEE operations."""
    x = np.array([2.0, 3.0, 10.0])
    assert sqrt_rounded(x, out=np.empty(3)).tolist() == [math.sqrt(v) for v in x]
    assert divide_rounded(x, np.float64(3.0), out=np.empty(3)).tolist() == [v / 3.0 for v in x]
