"""Elementwise functions, softmax and sorts of the library: types, shapes, errors, independence of layout."""

from __future__ import annotations

import doctest
import inspect
import itertools
import math
import sys
from typing import Any

import numpy as np
import pytest

from appliance import portable
from appliance.portable.stream import Stream
from appliance.streams import draw_permutation, draw_uniform
from verify.errors import NonFiniteError, UsageError

ELEMENTWISE = ("exp", "expm1", "log", "log1p", "sqrt", "tanh", "sigmoid", "erf", "gelu", "sin", "cos")
SOFT = ("softmax", "log_softmax", "logsumexp")


@pytest.mark.parametrize("name", [*portable.__all__, "Stream"])
def test_every_function_has_an_example_that_works(name: str) -> None:
    """The docstring of each public function shows it in use."""
    function: Any = Stream if name == "Stream" else getattr(portable, name)
    names = dict(vars(sys.modules[function.__module__]))
    example = doctest.DocTestParser().get_doctest(inspect.getdoc(function) or "", names, name, None, None)
    results = doctest.DocTestRunner().run(example, out=lambda _: None)
    assert results.attempted
    assert not results.failed


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_functions_take_lists_and_arrays_of_any_shape(name: str) -> None:
    """Lists, scalars, strides, both float types; the values are NumPy's to a few ulp."""
    function: Any = getattr(portable, name)
    x = draw_uniform(120, 1, name).reshape(2, 3, 20) + 0.1
    for dtype in (np.float32, np.float64):
        found = function(x.astype(dtype))
        assert (found.shape, found.dtype) == (x.shape, dtype)
        assert function(np.asfortranarray(x.astype(dtype))).tolist() == found.tolist()
        assert function(x.astype(dtype)[:, ::-1]).tolist() == found[:, ::-1].tolist()
    assert function(x.tolist()).tolist() == function(x).tolist()
    assert np.ndim(function(0.5)) == 0
    assert function([]).shape == (0,)
    if hasattr(np, name):
        np.testing.assert_allclose(function(x), getattr(np, name)(x), rtol=1e-14)


@pytest.mark.parametrize("name", sorted(set(ELEMENTWISE) - {"sin", "cos"}))
def test_nan_stays_nan_without_a_warning(name: str) -> None:
    """Warnings are errors in the tests."""
    assert np.isnan(getattr(portable, name)([math.nan, 0.5])[0])


@pytest.mark.parametrize("name", SOFT)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_softmax_and_its_kin_are_close_to_exact(name: str, dtype: type[Any]) -> None:
    """Against long double, along every axis; permuted entries are permuted results, to the bit."""
    x = ((draw_uniform(4 * 50 * 6, 2, name) - 0.5) * 20).astype(dtype).reshape(4, 50, 6)
    function: Any = getattr(portable, name)
    eps = float(np.finfo(dtype).eps)
    for axis in (0, 1, 2, -1):
        wide = x.astype(np.longdouble)
        top = wide.max(axis, keepdims=True)
        total = np.exp(wide - top).sum(axis, keepdims=True)
        exact = {
            "softmax": np.exp(wide - top) / total,
            "log_softmax": wide - top - np.log(total),
            "logsumexp": (np.log(total) + top).squeeze(axis),
        }[name]
        found = function(x, axis)
        assert found.dtype == dtype
        assert found.shape == exact.shape
        slack = 20 if dtype is np.float64 else 1
        assert (np.abs(found - exact) <= slack * eps * np.maximum(np.abs(exact), 1 if name != "softmax" else 0)).all()
    order = draw_permutation(50, 1, "order")
    again = function(x[:, order], 1)
    expected = function(x, 1)
    assert again.tobytes() == (expected if name == "logsumexp" else expected[:, order]).tobytes()


def test_softmax_of_large_and_missing_numbers() -> None:
    """No overflow; -inf has no share; a line without a finite largest entry is refused."""
    assert portable.softmax([1e300, 1e300]).tolist() == [0.5, 0.5]
    assert portable.softmax([0.0, -math.inf]).tolist() == [1.0, 0.0]
    assert portable.logsumexp([[0.0, -math.inf]], 1).tolist() == [0.0]
    assert portable.logsumexp([[1.0, 1.0]], 1, keepdims=True).shape == (1, 1)
    for wrong in ([math.nan, 0.0], [math.inf, 0.0], [-math.inf, -math.inf], []):
        for name in SOFT:
            with pytest.raises(NonFiniteError, match="no softmax"):
                getattr(portable, name)(wrong)


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_extremes_are_those_of_numpy(name: str) -> None:
    """Values, places, shapes and types; the first of equals; zeros are +0; NaN and nothing are refused."""
    function: Any = getattr(portable, name)
    x = np.rint(draw_uniform(120, 3, "extremes") * 9).reshape(4, 5, 6)
    for values in (x, x.astype(np.int32), np.asfortranarray(x)):
        for axis in (None, 0, 1, -1):
            for keepdims in (False, True):
                found, expected = (
                    function(values, axis, keepdims=keepdims),
                    getattr(np, name)(values, axis, keepdims=keepdims),
                )
                assert found.tolist() == expected.tolist()
                assert found.shape == expected.shape
    assert math.copysign(1.0, portable.max([-0.0, 0.0])) == math.copysign(1.0, portable.min([0.0, -0.0])) == 1.0
    assert portable.argmax([-0.0, 0.0]) == portable.argmin([0.0, -0.0]) == 0
    with pytest.raises(NonFiniteError, match="NaN"):
        function([1.0, math.nan])
    with pytest.raises(UsageError, match="no extreme"):
        function([])
    with pytest.raises(UsageError, match="no order"):
        function(["a"])


def test_sorts_are_stable() -> None:
    """Equal entries keep their order, also both zeros; NaN come last; control: another order is noticed."""
    x = np.rint(draw_uniform(500, 4, "sorts") * 5)
    places = portable.argsort(x)
    assert portable.sort(x).tolist() == x[places].tolist() == sorted(x.tolist())
    assert all(a < b for a, b in itertools.pairwise(places) if x[a] == x[b])
    assert not all(a < b for a, b in itertools.pairwise(places[::-1]) if x[a] == x[b])
    zeros = portable.sort([0.0, -0.0, math.nan, -1.0])
    assert np.signbit(zeros).tolist()[:3] == [True, False, True]
    assert np.isnan(zeros[3])
    assert portable.argsort([[3, 1], [1, 2]], 0).tolist() == [[1, 0], [0, 1]]
