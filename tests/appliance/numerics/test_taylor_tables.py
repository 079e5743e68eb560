"""Tables of Taylor coefficients: correctly rounded, by arithmetic that shares nothing with their own."""

from __future__ import annotations

import decimal
import itertools
import math
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.numerics.fixed_point import BITS, ONE, find_exp, find_pi, round_fixed
from appliance.numerics.formats import F32, F64
from appliance.numerics.tables import (
    Table,
    list_erf,
    list_gelu_slopes,
    list_normal,
    make_erf_table,
    make_gelu_slope_table,
    make_normal_table,
    make_sine_rows,
    make_tanh_table,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from appliance.numerics.formats import Format

    Lister = Callable[[int, int, int], Iterator[list[int]]]

LONG = decimal.Context(prec=120)


def to_decimal(value: int) -> Decimal:
    """Return a fixed-point number in decimal arithmetic."""
    return LONG.divide(Decimal(value), Decimal(ONE))


@pytest.mark.parametrize("significand", [24, 53])
def test_rounding_is_to_nearest_even(significand: int) -> None:
    """Fractions agree, ties go to even, and signs do not matter."""
    for value in (ONE // 3, 7 * ONE // 5, -ONE // 7, 3 * ONE, 1, 0, (ONE >> 100) // 3):
        expected = Fraction(value, ONE)
        found = Fraction(round_fixed(value, significand))
        assert abs(found - expected) * 2**significand <= abs(expected)
    unit = ONE >> (significand - 1)
    assert round_fixed(ONE + unit // 2, significand) == 1.0
    assert round_fixed(ONE + unit // 2 + 1, significand) == 1.0 + math.ldexp(1, 1 - significand)
    assert round_fixed(ONE + unit + unit // 2, significand) == 1.0 + math.ldexp(2, 1 - significand)
    assert round_fixed(-(ONE + unit // 2 + 1), significand) == -1.0 - math.ldexp(1, 1 - significand)


def test_constants_have_two_hundred_bits() -> None:
    """Pi by another formula, e by decimal arithmetic."""
    pi = Decimal(
        "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798"
    )
    assert abs(to_decimal(find_pi()) - pi) < Decimal(2) ** -225
    assert abs(to_decimal(find_exp(1, 128)) - LONG.exp(Decimal(1) / 128)) < Decimal(2) ** -225


@pytest.mark.parametrize("fmt", [F32, F64], ids=lambda fmt: fmt.name)
@pytest.mark.parametrize("make", [make_tanh_table, make_erf_table, make_normal_table, make_gelu_slope_table])
def test_values_agree_with_the_library_of_the_host(make: Callable[[Format], Table], fmt: Format) -> None:
    """Constant and linear terms are within the errors of `math`."""
    table = make(fmt)
    arguments = (np.arange(len(table.rows)) - table.offset) / 256
    assert (float(table.lowest), float(table.highest)) == (arguments[0], arguments[-1])
    cases: dict[Callable[[Format], Table], tuple[Callable[[float], float], ...]] = {
        make_tanh_table: (math.tanh, lambda c: 1 - math.tanh(c) ** 2),
        make_erf_table: (math.erf, lambda c: 2 / math.sqrt(math.pi) * math.exp(-c * c)),
        make_normal_table: (lambda c: math.erfc(-c / math.sqrt(2)) / 2, density),
        make_gelu_slope_table: (
            lambda c: math.erfc(-c / math.sqrt(2)) / 2 + c * density(c),
            lambda c: (2 - c * c) * density(c),
        ),
    }
    for k, function in enumerate(cases[make]):
        exact = np.array([function(float(c)) for c in arguments])
        assert np.abs(table.rows[1:, k] - exact[1:]).max() < (1e-7 if fmt is F32 else 1e-15)
    zero = make in (make_normal_table, make_gelu_slope_table)
    assert bool((table.rows[0] == 0).all()) == zero
    assert table.rows[-1, 0] == 1


def density(c: float) -> float:
    """Return the density of the normal distribution."""
    return math.exp(-c * c / 2) / math.sqrt(2 * math.pi)


def test_tanh_is_correctly_rounded() -> None:
    """Decimal arithmetic of 120 digits gives the nearest numbers."""
    for fmt in (F32, F64):
        table = make_tanh_table(fmt)
        for n in range(1, table.offset, 37):
            power = LONG.exp(Decimal(n) / 128)
            exact = LONG.divide(power - 1, power + 1)
            near = table.rows[table.offset + n, 0]
            gaps = [abs(exact - Decimal(float(v))) for v in (np.nextafter(near, -near), near, np.nextafter(near, 2))]
            assert min(gaps) == gaps[1]


@pytest.mark.slow
@pytest.mark.parametrize("lister", [list_erf, list_normal, list_gelu_slopes])
def test_no_coefficient_is_close_to_a_tie(lister: Lister) -> None:
    """More digits would change no rounding: the closest tie is 2**60 units of the fixed-point numbers away."""
    for series in lister(-2048, 2048, 8):
        for value in series:
            for significand in (24, 53):
                excess = abs(value).bit_length() - significand
                if excess > 0 and value not in (ONE, ONE // 2):
                    rest = abs(value) & ((1 << excess) - 1)
                    assert abs(rest - (1 << (excess - 1))) >> 60 or not rest


def test_series_continue_each_other() -> None:
    """The series at n, evaluated half-way to n + 1, agrees with the one at n + 1 to the order that is left out."""
    for lister in (list_erf, list_normal, list_gelu_slopes):
        rows = list(lister(-600, 600, 12))
        for here, there in itertools.pairwise(rows):
            left = sum(value >> 9 * k for k, value in enumerate(here))
            right = sum((-1) ** k * (value >> 9 * k) for k, value in enumerate(there))
            assert abs(left - right) >> (BITS - 100) == 0
            assert abs(left - right + (ONE >> 90)) >> (BITS - 100)  # a change of 2**-90 is noticed


def test_sines_are_those_of_the_host() -> None:
    """Sine, cosine and the signs of all quarters."""
    angles = np.arange(256) * np.pi / 128
    rows = make_sine_rows()
    assert np.abs(rows[:, 0] - np.sin(angles)).max() < 1e-15
    assert np.abs(rows[:, 1] - np.cos(angles)).max() < 1e-15
    assert rows[[0, 64, 128, 192], 0].tolist() == [0, 1, 0, -1]
