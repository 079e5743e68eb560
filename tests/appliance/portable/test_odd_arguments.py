"""Axes, shapes and numbers that are NumPy's, cover several axes, are empty, masked, too large, or nonsense."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

from appliance import Stream, portable
from appliance.streams import draw_uniform
from verify.errors import NonFiniteError, UsageError

REDUCTIONS = ("sum", "mean", "var", "std", "norm", "max", "min", "logsumexp")
ONE_AXIS = ("cumsum", "argmax", "argmin", "sort", "argsort")
X = (draw_uniform(120, 1, "odd") * 4.0 - 2.0).reshape(2, 3, 4, 5)
STREAM = Stream(1, "odd")


@pytest.mark.parametrize("name", [*REDUCTIONS, *ONE_AXIS, "softmax", "log_softmax"])
def test_an_axis_may_be_an_integer_of_numpy(name: str) -> None:
    """As `np.argmin(...)` and `array.shape` may give one; other values are refused in plain words."""
    function: Any = getattr(portable, name)
    for axis in (0, 2, -1):
        for kind in (np.int64, np.int8, np.array):
            assert function(X, axis=kind(axis)).tobytes() == function(X, axis=axis).tobytes()
    for wrong in (1.0, "1", (1.5,)):
        with pytest.raises(UsageError, match="no axis"):
            function(X, axis=wrong)
    with pytest.raises(UsageError, match="no such axis"):
        function(X, axis=4)
    with pytest.raises(UsageError, match="a single number"):
        function(np.float64(1.0), axis=0)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("axes", [pair for count in (2, 3) for pair in itertools.combinations(range(4), count)])
def test_softmax_over_several_axes_stays_where_its_entries_are(name: str, axes: tuple[int, ...]) -> None:
    """Also over axes that are not neighbours: each entry is what `logsumexp` says of it."""
    found = getattr(portable, name)(X, axis=axes)
    logarithms = X - portable.logsumexp(X, axis=axes, keepdims=True)
    np.testing.assert_allclose(found, np.exp(logarithms) if name == "softmax" else logarithms, rtol=1e-13, atol=1e-13)
    assert getattr(portable, name)(X, axis=list(axes)[::-1]).tobytes() == found.tobytes()


@pytest.mark.parametrize("name", ONE_AXIS)
def test_several_axes_are_refused_where_they_have_no_meaning(name: str) -> None:
    """As NumPy does; a tuple of axes is never read as something else."""
    with pytest.raises(UsageError, match="no axis"):
        getattr(portable, name)(X, axis=(0, 2))


SHAPES = (
    *(((2, 3, 0), (0, 4)), ((2, 3, 0), (0,)), ((2, 3, 0), (2, 0, 4)), ((0, 3, 0), (0, 4)), ((0, 2, 3), (3, 2))),
    *(((3, 0), (0, 4)), ((0,), (0, 3)), ((0,), (0,)), ((0, 3), (3, 2)), ((1, 3, 0), (5, 0, 2)), ((0, 3, 4), (1, 4, 2))),
)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(("first", "second"), SHAPES)
def test_empty_products_have_the_shape_that_numpy_gives_them(
    first: tuple[int, ...], second: tuple[int, ...], *, fast: bool
) -> None:
    """Nothing to add up is 0, in stacks of matrices, too."""
    expected = np.matmul(np.zeros(first), np.zeros(second))
    found = portable.matmul(np.zeros(first), np.zeros(second), fast=fast)
    assert (found.shape, found.tolist()) == (expected.shape, expected.tolist())


@pytest.mark.parametrize("name", [*REDUCTIONS, *ONE_AXIS, "exp", "softmax"])
def test_masked_entries_and_rows_of_several_lengths_are_refused(name: str) -> None:
    """What a mask hides would count; an array whose mask hides nothing is taken."""
    function: Any = getattr(portable, name)
    with pytest.raises(UsageError, match="masked"):
        function(np.ma.MaskedArray([1.0, 2.0, 3.0], mask=[False, False, True]))
    with pytest.raises(UsageError, match="one length"):
        function([[1.0], [1.0, 2.0]])
    whole = np.ma.MaskedArray([1.0, 2.0, 3.0], mask=[False, False, False])
    assert function(whole).tobytes() == function([1.0, 2.0, 3.0]).tobytes()


def test_results_that_are_too_large_are_errors_without_warnings() -> None:
    """Never an infinity; warnings are errors in the tests."""
    large, single = [1.7e308, 1.7e308], np.array([3e38, -3e38], np.float32)
    for name, values in (("norm", large), ("norm", single), ("var", single), ("var", [1e200, -1e200]), ("sum", large)):
        with pytest.raises(NonFiniteError, match="out of range"):
            getattr(portable, name)(values)
    assert portable.std(single) == np.float32(3e38)
    assert portable.norm([1.2e308, 1.2e308]) == pytest.approx(1.2e308 * math.sqrt(2.0))


def test_gelu_of_minus_infinity_is_its_limit() -> None:
    """0, as of every number below -12; NaN stays NaN."""
    for dtype in (np.float32, np.float64):
        found = portable.gelu(np.array([-math.inf, -100.0, math.inf, math.nan], dtype))
        assert found[:3].tolist() == [0.0, 0.0, math.inf]
        assert np.isnan(found[3])


def test_sorted_values_have_the_byte_order_of_the_host() -> None:
    """So that their bytes do not tell how the input was stored."""
    for kind in ("f4", "f8", "i4", "f2"):
        swapped, plain = np.array([3, 1, 2], ">" + kind), np.array([3, 1, 2], "<" + kind)
        assert portable.sort(swapped).tobytes() == portable.sort(plain).tobytes()
        assert portable.max(swapped).tobytes() == portable.max(plain).tobytes()


@pytest.mark.parametrize("name", ["uniform", "normal", "words"])
def test_shapes_may_hold_integers_of_numpy(name: str) -> None:
    """Numbers, tuples, lists and arrays; negative lengths and all else are refused."""
    draw: Any = getattr(STREAM, name)
    assert draw(np.int64(6)).tobytes() == draw((np.int8(2), 3)).tobytes() == draw(np.array([3, 2])).tobytes()
    assert draw(np.array(6)).shape == (6,)
    assert draw([0, 3]).shape == (0, 3)
    for wrong in (-1, (2, -1), 2.0, (2.5,), "ab", None):
        with pytest.raises(UsageError, match="no shape"):
            draw(wrong)


def test_integers_take_bounds_of_every_integer_type() -> None:
    """Bounds often come out of an array, as `labels.max()` does; they give the same numbers."""
    expected = STREAM.integers(-100, 100, 20).tolist()
    for kind in (np.int8, np.int16, np.int64):
        assert STREAM.integers(kind(-100), kind(100), np.int32(20)).tolist() == expected  # type: ignore[arg-type]
    assert STREAM.integers(np.uint8(0), np.uint64(200), 20).tolist() == STREAM.integers(0, 200, 20).tolist()  # type: ignore[arg-type]
    for low, high in ((0.5, 10), (0, 10.0), ("a", "b")):
        with pytest.raises(UsageError, match="cannot be drawn"):
            STREAM.integers(low, high, 3)  # type: ignore[arg-type]


def test_distributions_are_finite() -> None:
    """Bounds and deviations that would give NaN or infinity are refused."""
    for low, high in ((math.nan, 1.0), (0.0, math.inf), (-1.7e308, 1.7e308), ([0], 1.0)):
        with pytest.raises(UsageError, match="no distribution"):
            STREAM.uniform(3, low, high)  # type: ignore[arg-type]
    for mean, deviation in ((math.nan, 1.0), (0.0, math.inf), (0.0, "x")):
        with pytest.raises(UsageError, match="no distribution"):
            STREAM.normal(3, mean, deviation)  # type: ignore[arg-type]


def test_choices_of_nonsense_are_refused() -> None:
    """Counts are integers from 0 on; a set has no order; nothing can be chosen from nothing, except nothing."""
    for wrong in (2.5, -1, "ab", None, {1, 2}, {"a": 1}):
        for replace in (False, True):
            with pytest.raises(UsageError, match="no count"):
                STREAM.choice(wrong, 2, replace=replace)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="no order"):
            STREAM.shuffle(wrong)  # type: ignore[arg-type]
    for count in (-1, 2.5, [1, 2], None):
        with pytest.raises(UsageError, match="no count"):
            STREAM.permutation(count)  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="no count"):
            STREAM.spawn(count)  # type: ignore[arg-type]
    for replace in (False, True):
        assert STREAM.choice([], 0, replace=replace).shape == (0,)
        with pytest.raises(UsageError, match="at least one"):
            STREAM.choice(0, 2, replace=replace)
        with pytest.raises(UsageError, match="no shape"):
            STREAM.choice(3, -1, replace=replace)
    with pytest.raises(UsageError, match="masked"):
        STREAM.shuffle(np.ma.MaskedArray([1, 2], mask=[True, False]))
