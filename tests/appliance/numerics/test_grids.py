"""Rounding onto grids: nearest, half to even, never -0, the same in any order."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.numerics.carried import CarriedGrid
from appliance.numerics.formats import F32, F64, format_of
from appliance.numerics.grids import (
    find_exponent,
    find_magnitude,
    find_row_units,
    find_units,
    flush_tiny,
    round_by_constant,
    round_to_grid,
)
from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format

_ROUNDING = 1.0 + 2.0**-23
FINITE_F32 = st.floats(-1000, 1000, width=32)
FINITE_F64 = st.floats(-1e6, 1e6)


@given(st.lists(FINITE_F32, min_size=1, max_size=20), st.integers(-4, 8))
def test_rounding_is_to_nearest_even_multiple_in_f32(values: list[float], exponent: int) -> None:
    """`(x + C) - C` equals rational rounding to multiples of 2**-s."""
    x = np.array(values, dtype=np.float32)
    rounded = round_to_grid(x, exponent, F32)
    assert [Fraction(float(v)) for v in rounded] == [
        round(Fraction(float(v)) * 2**exponent) / Fraction(2) ** exponent for v in x
    ]
    assert not np.signbit(rounded[rounded == 0.0]).any()


@given(st.lists(FINITE_F64, min_size=1, max_size=20), st.integers(-10, 28))
def test_rounding_is_to_nearest_even_multiple_in_f64(values: list[float], exponent: int) -> None:
    """The same law in float64."""
    x = np.array(values)
    rounded = round_to_grid(x, exponent, F64)
    assert [Fraction(float(v)) for v in rounded] == [
        round(Fraction(float(v)) * 2**exponent) / Fraction(2) ** exponent for v in x
    ]


@given(st.floats(1e-12, 1e12), st.integers(1, 2**40), st.sampled_from([F32, F64]))
@example(250.0, 250, F32)
@example(186.0 / 1024, 186, F64)
def test_the_exponent_is_the_finest_that_fits(magnitude: float, limit: int, fmt: Format) -> None:
    """One step finer would pass the limit, unless the cap limits it."""
    exponent = find_exponent(magnitude, limit, fmt)
    assert Fraction(magnitude) * Fraction(2) ** exponent <= limit
    assert exponent == fmt.exponent_cap or Fraction(magnitude) * Fraction(2) ** (exponent + 1) > limit


@pytest.mark.parametrize("fmt", [F32, F64], ids=["f32", "f64"])
def test_magnitudes_out_of_range_are_refused(fmt: Format) -> None:
    """A NaN, an infinity and a magnitude at the cap or beyond have no grid; one just below has the coarsest."""
    cap = 2.0**fmt.exponent_cap
    for bad in (math.nan, math.inf, 2.0 * cap, cap):
        with pytest.raises(NonFiniteError):
            find_exponent(bad, 100, fmt)
    assert find_exponent(math.nextafter(cap, 0.0), 1, fmt) == -fmt.exponent_cap


def test_tiny_magnitudes_meet_the_underflow_guard() -> None:
    """Grids stop at the cap, so products of two units are normal numbers, and smaller values round to +0."""
    exponent = find_exponent(1e-37, 2**8, F32)
    assert exponent == F32.exponent_cap
    assert 2.0 ** (-2 * exponent) > np.finfo(np.float32).tiny
    assert round_to_grid(np.array([1e-37, -1e-37], np.float32), exponent, F32).tobytes() == bytes(8)


@given(st.lists(st.floats(2.0**-40, 2.0**40, width=32), min_size=1, max_size=30), st.integers(2, 20))
def test_units_are_powers_of_two_of_the_right_size(values: list[float], bits: int) -> None:
    """A magnitude is between half of and all of 2**bits units."""
    tops = np.array(values, dtype=np.float32)
    units = find_units(tops, bits, F32)
    assert (np.frexp(units)[0] == 0.5).all()
    scaled = tops.astype(np.float64) / units
    assert (scaled < 2**bits).all()
    assert (scaled >= 2 ** (bits - 1)).all()


def test_a_row_of_zeros_has_a_unit() -> None:
    """An all-zero row gets the smallest unit instead of a division by zero."""
    units = find_units(np.zeros((2, 1), np.float64), 22, F64)
    assert (units > 0).all()


@pytest.mark.parametrize("fmt", [F32, F64], ids=["f32", "f64"])
def test_rows_below_the_cap_have_the_smallest_unit(fmt: Format) -> None:
    """A row of zeros, and any whose largest entry is below 2**-cap, counts as one of that magnitude."""
    least = 2.0**-fmt.exponent_cap
    x = np.array([[0.0, 0.0], [0.0, least / 4], [least, 0.0], [least, 2 * least]], dtype=fmt.dtype)
    units = find_row_units(x, 8, fmt, np.empty((4, 1), dtype=fmt.dtype))
    assert units[:, 0].tolist() == [least / 128, least / 128, least / 128, least / 64]


def test_magnitude_of_nothing_is_zero() -> None:
    """Empty arrays have magnitude 0, and a NaN anywhere is passed on."""
    assert find_magnitude(np.empty((0, 3), np.float32)) == 0.0
    assert find_magnitude(np.array([[1.0, -3.0]])) == 3.0
    assert math.isnan(find_magnitude(np.array([1.0, np.nan, 2.0])))


def test_flushing_removes_subnormal_numbers_and_negative_zeros() -> None:
    """State is left without subnormal numbers or -0, and ordinary numbers keep their value."""
    x = np.array([1e-40, -1e-40, -0.0, 0.5, -3.0, 1e-10], dtype=np.float32)
    flush_tiny(x, F32)
    assert x[:3].tobytes() == bytes(12)
    assert x[3:].tolist() == [0.5, -3.0, float(np.float32(1e-10))]


def find_largest(grid: CarriedGrid, tensor: NDArray[np.float32]) -> float:
    """Return the largest entry of a tensor rounded to the grid, in the grid's units."""
    unit = float(grid.constant) / 1.5 * 2.0 ** (1 - F32.significand)
    return float(np.abs(round_by_constant(tensor, grid.constant)).max()) / unit


def test_carried_bound_never_falls_below_the_tensor() -> None:
    """For any updates, rounded entries stay within the limit at the moment of use."""
    grid = CarriedGrid(250, F32)
    tensor = np.linspace(-0.1, 0.1, 50, dtype=np.float32)
    measured = 0
    for step in range(200):
        if not grid.holds:
            grid.measure(tensor)
            measured += 1
        assert find_largest(grid, tensor) <= 250
        change = np.float32(0.003 * (step % 7))
        tensor += change
        grid.widen(float(change), _ROUNDING)
    assert 1 < measured < 50


def test_carried_bound_covers_the_rounding_of_updates() -> None:
    """Updates just above half an ulp move a weight by a whole one; the bound covers that, too."""
    grid = CarriedGrid(250, F32)
    tensor = np.full(1, 0.15, dtype=np.float32)
    grid.measure(tensor)
    change = float(np.spacing(tensor[0])) * 0.51
    for _ in range(20000):
        np.add(tensor, np.float32(change), out=tensor)
        grid.widen(change, _ROUNDING)
    assert grid._bound >= float(tensor[0])


def test_carried_bound_covers_pieces_that_are_rounded_upwards() -> None:
    """A sum over the most pieces of a batch, each rounded up, passes its exact value; the bound is still above it."""
    grid, piece, pieces = CarriedGrid(250, F32), np.float32(1 + 65 * 2.0**-23), 249
    gradient = np.add.accumulate(np.full(pieces, piece))[-1]
    exact = Fraction(float(piece)) * pieces
    assert Fraction(float(gradient)) > exact * (1 + Fraction(1, 2**20))
    grid.measure(np.zeros(1, np.float32))
    grid.widen(float(exact), _ROUNDING)
    assert Fraction(grid._bound) >= Fraction(float(gradient))


def test_a_grid_holds_up_to_its_limit() -> None:
    """A bound of exactly the limit, in units, is allowed; the next number is not."""
    grid = CarriedGrid(250, F32)
    grid.measure(np.full(1, 150.0, np.float32))
    grid._bound = 250.0
    assert grid.holds
    grid._bound = math.nextafter(250.0, math.inf)
    assert not grid.holds


def test_a_bound_that_is_not_widened_is_exceeded() -> None:
    """Negative control: without `widen` the grid becomes too fine for the grown tensor."""
    grid = CarriedGrid(250, F32)
    tensor = np.full(3, 0.1, dtype=np.float32)
    grid.measure(tensor)
    tensor += np.float32(1.0)
    assert grid.holds
    assert find_largest(grid, tensor) > 250


def test_a_reset_asks_for_a_new_measurement() -> None:
    """After `reset` the grid is invalid; once measured, it depends on the tensor alone."""
    grid = CarriedGrid(250, F32)
    grid.measure(np.ones(2, np.float32))
    first = float(grid.constant)
    grid.reset()
    assert not grid.holds
    grid.measure(np.full(2, 0.01, np.float32))
    assert grid.constant < first


def test_other_dtypes_are_refused() -> None:
    """Half precision and integers have no portable format here."""
    for dtype in (np.float16, np.int32):
        with pytest.raises(UsageError):
            format_of(np.zeros(2, dtype=dtype))
