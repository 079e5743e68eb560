"""exp, log and sums: fixed bits, edge cases, independence of order."""

from __future__ import annotations

import math
from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from appliance.numerics import sums
from appliance.numerics.formats import FORMATS
from appliance.numerics.functions import exp, exp_nonpositive
from appliance.numerics.grids import find_exponent, find_magnitude, round_to_grid
from appliance.numerics.logarithms import log
from appliance.numerics.sums import limit_addends, mean_on_grid, sum_on_grid
from appliance.streams import draw_uniform
from verify.digests import digest_array

if TYPE_CHECKING:
    from random import Random

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exp_has_defined_edges(dtype: type[np.floating[Any]]) -> None:
    """Far below is 0, far above infinite, NaN stays, zeros give one; nothing is subnormal."""
    x = np.array([-np.inf, -800, 0.0, -0.0, 800, np.inf, np.nan], dtype=dtype)
    assert exp(x)[:6].tolist() == [0, 0, 1, 1, math.inf, math.inf]
    assert np.isnan(exp(x)[6])
    low = exp(np.linspace(-750, -80, 3000).astype(dtype))
    assert ((low == 0) | (low >= np.finfo(dtype).tiny)).all()


@pytest.mark.parametrize(("dtype", "lowest", "highest"), [(np.float32, -87, 88), (np.float64, -708, 709)])
def test_exp_is_computed_up_to_its_limits(dtype: type[Any], lowest: float, highest: float) -> None:
    """The limits themselves have finite powers above zero; their neighbours outside have not."""
    limits = np.array([lowest, highest], dtype=dtype)
    inside, outside = exp(limits), exp(np.nextafter(limits, np.array([-np.inf, np.inf], dtype=dtype)))
    assert inside / np.exp(limits) == pytest.approx([1.0, 1.0], rel=1e-6)
    assert outside.tolist() == [0.0, math.inf]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_log_has_defined_edges(dtype: type[np.floating[Any]]) -> None:
    """The logarithm of 0 is -inf, of negative numbers NaN, of infinity infinite, of one 0."""
    assert log(np.array([0.0, -0.0, np.inf, 1.0], dtype=dtype)).tolist() == [-math.inf, -math.inf, math.inf, 0.0]
    assert np.isnan(log(np.array([-1.0, np.nan], dtype=dtype))).all()


@pytest.mark.parametrize(("dtype", "low"), [(np.float32, -16), (np.float64, -36)])
def test_softmax_terms_have_defined_edges(dtype: type[Any], low: float) -> None:
    """Zeros give one; below the range the result is that of the lowest value; NaN stays."""
    with np.errstate(invalid="ignore"):
        ends = exp_nonpositive(np.array([0.0, -0.0, low, 10 * low, -np.inf, np.nan], dtype=dtype))
    assert ends[:2].tolist() == [1.0, 1.0]
    assert (ends[2:5] == ends[2]).all()
    assert np.isnan(ends[5])


@pytest.mark.parametrize("shape", [(0,), (1,), (3, 0), (2, 3, 4)])
def test_functions_keep_shapes(shape: tuple[int, ...]) -> None:
    """Empty and many-dimensional arrays pass through."""
    for function in (exp, log):
        assert function(np.ones(shape)).shape == shape
    assert exp_nonpositive(np.zeros(shape)).shape == shape


def test_functions_have_their_frozen_bits() -> None:
    """The digests of many values are those of bits 2; a changed coefficient or order shows here."""
    x = (draw_uniform(5000, 2, "bits") - 0.5) * 60
    assert digest_array("exp", exp(x)) == EXP_F64
    assert digest_array("exp", exp(x.astype(np.float32))) == EXP_F32
    assert digest_array("log", log(np.abs(x))) == LOG_F64


def test_functions_do_not_depend_on_layout() -> None:
    """A strided view gives the bits of its contiguous copy."""
    x = (draw_uniform(400, 3, "bits") - 0.5) * 60
    assert exp(x[::3]).tobytes() == exp(x[::3].copy()).tobytes()
    assert log(np.abs(x)[::-1]).tobytes() == log(np.abs(x))[::-1].tobytes()


@given(arrays(np.float64, st.integers(1, 200), elements=st.floats(-1e6, 1e6)), st.randoms())
def test_sums_do_not_depend_on_order(x: Floats, random: Random) -> None:
    """A shuffled array has the same sum to the bit, near the exact one."""
    order = list(range(len(x)))
    random.shuffle(order)
    total = sum_on_grid(x)
    assert sum_on_grid(x[order]) == total
    exact = sum((Fraction(float(v)) for v in x), Fraction())
    top = max(abs(float(v)) for v in x)
    assert abs(Fraction(total) - exact) <= len(x) * (Fraction(top) * max(len(x), 4) / 2**53 + Fraction(1, 2**400))


@pytest.mark.parametrize("count", range(1, 9))
@pytest.mark.parametrize("name", ["f32", "f64"])
def test_few_large_addends_of_one_sign_stay_on_the_grid(count: int, name: str) -> None:
    """Sums of one to eight addends at the limit are exact for any signs, so their order is free."""
    fmt = FORMATS[name]
    for seed in range(50):
        x = (-0.5 - 0.5 * draw_uniform(count, seed, "few")).astype(fmt.dtype)
        exponent = find_exponent(find_magnitude(x), limit_addends(count, fmt), fmt)
        rounded = round_to_grid(x, exponent, fmt)
        exact = sum((Fraction(float(v)) for v in rounded), Fraction())
        for order in (rounded, rounded[::-1], np.roll(rounded, 1)):
            total = fmt.dtype(0.0)
            for value in order:
                total = total + value
            assert Fraction(float(total)) == exact


def test_plain_sums_do_depend_on_order() -> None:
    """Negative control: the same law fails for np.sum."""
    x = draw_uniform(1000, 4, "sum") - 0.3
    assert any(np.sum(np.roll(x, k)) != np.sum(x) for k in range(50))


def test_means_and_empty_sums() -> None:
    """An empty sum is +0; a mean is the sum over the count."""
    assert math.copysign(1.0, sum_on_grid(np.empty(0))) == 1.0
    assert mean_on_grid(np.array([1.0, 2.0, 6.0])) == 3.0


def test_a_sum_of_zeros_is_positive_on_any_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a reduction of zeros gives -0, which NumPy leaves open, the sum is +0 all the same."""
    add = SimpleNamespace(reduce=lambda *_, **__: -0.0)
    monkeypatch.setattr(sums, "np", SimpleNamespace(add=add, float64=np.float64))
    assert math.copysign(1.0, sum_on_grid(np.zeros(3))) == 1.0


EXP_F64 = "sha256:c7504eb4a36b6a6d7450e5b3dc3dd6a984ea6d66a90fe99d5df711ee149a2d74"
EXP_F32 = "sha256:3fc3f1a078ecfca3edfcee901121a78ca4c4d17d522f0e47d61afc838142be10"
LOG_F64 = "sha256:fc6a88ba34001380672b614598f16ccfb6d7f0ad3985191f1c7e3ecc6ffaf178"
