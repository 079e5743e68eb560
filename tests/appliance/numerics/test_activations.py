"""Activations, their slopes, sine and cosine: fixed bits, edges, errors, independence of layout and blocks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.numerics import activations, piecewise
from appliance.numerics.activations import (
    erf,
    gelu,
    gelu_slope,
    normal_distribution,
    sigmoid,
    sigmoid_slope,
    tanh,
    tanh_slope,
)
from appliance.numerics.angles import cos, sin
from appliance.numerics.functions import exp, expm1
from appliance.numerics.logarithms import log, log1p
from appliance.numerics.plans import Plan
from appliance.numerics.quotients import find_inverse_roots
from appliance.streams import draw_uniform
from verify.digests import digest_array
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from appliance.numerics.plans import Do
    from appliance.numerics.tables import Table

    Floats = NDArray[np.floating[Any]]

LISTED = (tanh, sigmoid, erf, normal_distribution, gelu, gelu_slope, expm1, find_inverse_roots)
DTYPES = (np.float32, np.float64)


def call(function: Callable[..., Any], x: Floats) -> Floats:
    """Return a function of x in a new array."""
    out = np.empty_like(x)
    with np.errstate(invalid="ignore"):
        function(x, out)
    return out


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("function", LISTED, ids=lambda function: function.__name__)
def test_blocks_layouts_and_plans_change_no_bit(function: Callable[..., Any], dtype: type[Any]) -> None:
    """Transposed, strided, permuted, listed in a plan or written in place: each entry is what it is alone."""
    x = (np.abs(draw_uniform(30000, 1, "layouts") - 0.5) * 20).astype(dtype).reshape(30, 50, 20)
    expected = call(function, x)
    for one in (
        x.T,
        x[::-3, 1:, ::2],
        np.ascontiguousarray(x.transpose(1, 0, 2)).transpose(1, 0, 2),
        x[:0],
        x[1, 2, 3],
    ):
        place = np.asarray(one)
        pairs = dict(zip(x.ravel().tolist(), expected.ravel().tolist(), strict=True))
        assert call(function, place).ravel().tolist() == [pairs[value] for value in place.ravel().tolist()]
    plan, out = Plan(), np.empty_like(x)
    function(x, out, plan)
    plan.run()
    assert out.tobytes() == expected.tobytes()
    function(x, x)
    assert x.tobytes() == expected.tobytes()


def test_another_block_boundary_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a function that depends on its place in a block fails the same comparison."""
    x = (draw_uniform(30000, 1, "layouts") - 0.5) * 20
    sound = tanh(x)
    evaluate = piecewise.evaluate_table

    def disturb(x: Floats, table: Table, out: Floats | None, do: Do) -> Floats:
        result = evaluate(x, table, out, do)
        result.ravel()[8192::8192] += 1e-9
        return result

    monkeypatch.setattr(activations, "evaluate_table", disturb)
    assert tanh(x).tobytes() != sound.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
def test_activations_have_defined_edges(dtype: type[Any]) -> None:
    """Far out, at zero and for NaN; no result is -0."""
    x = np.array([-np.inf, -1e30, -0.0, 0.0, 1e30, np.inf, np.nan], dtype=dtype)
    ends = {function: call(function, x) for function in (tanh, erf, sigmoid, normal_distribution, gelu_slope)}
    for function, low in ((tanh, -1), (erf, -1), (normal_distribution, 0), (gelu_slope, 0)):
        middle = 0.5 if low == 0 else 0.0
        assert ends[function][:6].tolist() == [low, low, middle, middle, 1, 1]
    assert ends[sigmoid][2:6].tolist() == [0.5, 0.5, 1, 1]
    assert 0 < ends[sigmoid][0] == ends[sigmoid][1] < 1e-37
    assert all(np.isnan(end[6]) for end in ends.values())
    curve = call(gelu, x[1:])
    assert curve[:5].tolist() == [0, 0, 0, float(dtype(1e30)), math.inf]
    assert np.isnan(curve[5])
    assert not np.signbit(curve[:3]).any()
    assert not np.signbit(call(tanh, x)[2])


@pytest.mark.parametrize("dtype", DTYPES)
def test_odd_functions_are_odd(dtype: type[Any]) -> None:
    """tanh, erf and sine of -x have the bits of the result's negative."""
    x = (draw_uniform(5000, 2, "odd") * 8 + 1e-3).astype(dtype)
    for function in (tanh, erf):
        assert (function(-x) == -function(x)).all()
    assert (sin(-x) == -sin(x)).all()
    assert (cos(-x) == cos(x)).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_slopes_are_derivatives(dtype: type[Any]) -> None:
    """Central differences in float64 agree with the slopes."""
    x = (draw_uniform(2000, 3, "slopes") * 10 - 5).astype(dtype)
    wide, step = x.astype(np.float64), 2.0**-18
    rounding = 1e-6 if dtype is np.float32 else 1e-9
    for function, slope in ((tanh, tanh_slope(tanh(x))), (sigmoid, sigmoid_slope(sigmoid(x))), (gelu, gelu_slope(x))):
        difference = (function(wide + step) - function(wide - step)) / (2 * step)
        assert np.abs(difference - slope).max() < rounding
        assert np.abs(difference - slope * 1.001).max() > rounding  # another slope is noticed


def test_sine_and_cosine_know_their_range() -> None:
    """2**18 is the largest angle; NaN and infinities are refused; zeros give +0 and 1."""
    assert sin(np.array([-0.0, 0.0])).tolist() == [0, 0]
    assert not np.signbit(sin(np.array(-0.0)))
    assert cos(np.array(0.0)) == 1
    assert np.abs(sin(np.array([2.0**18, -(2.0**18)]))).max() <= 1
    for wrong in (np.nextafter(2.0**18, np.inf), np.inf, np.nan):
        with pytest.raises(NonFiniteError, match="angle"):
            sin(np.array([1.0, wrong]))


@pytest.mark.parametrize("angle", [math.pi, 355.0, 710.0, 103993.0, 208341.0, 262144.0, 3.1415927410125732])
def test_angles_close_to_multiples_of_pi_keep_their_digits(angle: float) -> None:
    """Where the sine is tiny the subtraction of multiples of pi is what matters."""
    wide = np.sin(np.longdouble(angle))
    assert sin(np.array(angle)) == pytest.approx(float(wide), rel=4e-16, abs=0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_near_zero_have_defined_edges(dtype: type[Any]) -> None:
    """expm1 and log1p of tiny numbers are these numbers."""
    x = np.array([0.0, 1e-30, -1e-30], dtype=dtype)
    assert expm1(x).tolist() == x.tolist()
    assert log1p(x).tolist() == x.tolist()
    ends = log1p(np.array([-1, -2, np.inf, np.nan], dtype=dtype))
    assert ends[[0, 2]].tolist() == [-math.inf, math.inf]
    assert np.isnan(ends[[1, 3]]).all()
    assert expm1(np.array([-1000.0], dtype=dtype)).tolist() == [-1.0]


@pytest.mark.parametrize("function", [sin, cos, log, log1p, exp, tanh, gelu], ids=lambda function: function.__name__)
def test_scalars_of_no_dimension_keep_their_shape(function: Callable[[Floats], Floats]) -> None:
    """An array of shape () gives one."""
    assert function(np.array(0.5)).shape == ()


def test_functions_have_their_frozen_bits() -> None:
    """The digests of many values; a changed coefficient or order shows here."""
    x = (draw_uniform(4000, 2, "bits") - 0.5) * 20
    found = {}
    for function in (tanh, sigmoid, erf, normal_distribution, gelu, gelu_slope, expm1, sin, cos):
        for dtype in DTYPES:
            found[f"{function.__name__} {dtype.__name__}"] = digest_array("x", function(x.astype(dtype)))[7:19]
    found["log1p float64"] = digest_array("x", log1p(np.abs(x)))[7:19]
    assert found == FROZEN


FROZEN = {
    "tanh float32": "726ac7bfc81b",
    "tanh float64": "82ff10aca746",
    "sigmoid float32": "bb4a877f1f59",
    "sigmoid float64": "8e5e9a1bb86a",
    "erf float32": "5144cdd98522",
    "erf float64": "ebaa51b9d179",
    "normal_distribution float32": "2a72191c69b3",
    "normal_distribution float64": "00bbf03e0612",
    "gelu float32": "4837863ff38b",
    "gelu float64": "4fc13e286c4a",
    "gelu_slope float32": "1c569de7eac5",
    "gelu_slope float64": "6a938646db5d",
    "expm1 float32": "747c8d4e84bf",
    "expm1 float64": "3b9c13666b80",
    "sin float32": "1d4865bf29bf",
    "sin float64": "2ab661848198",
    "cos float32": "594b832edfe3",
    "cos float64": "29da71dc8f36",
    "log1p float64": "eeb032d9b330",
}
