"""Sums, running sums and dot products are the numbers nearest to the exact ones, in any order and layout."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import portable
from appliance.portable import estimates, rounded_sums
from appliance.streams import draw_permutation, draw_uniform
from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.portable.estimates import Places

    Floats = NDArray[np.floating[Any]]

DTYPES = (np.float32, np.float64)
# Whole multiples of powers of two: cancellation, ties and gaps of hundreds of bits are frequent among them.
AWKWARD = st.builds(
    math.ldexp, st.integers(-9, 9), st.sampled_from([-900, -600, -200, -110, -54, -53, -24, -1, 0, 1, 52, 53])
)
ORDINARY = st.floats(-1e15, 1e15, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-200)


def round_exactly(exact: Fraction, dtype: type[Any]) -> np.floating[Any]:
    """Return the number of a dtype nearest to a fraction, ties to even."""
    if dtype is np.float64:
        return np.float64(float(exact))
    middle = np.float32(float(exact))
    near = [np.nextafter(middle, np.float32(-np.inf)), middle, np.nextafter(middle, np.float32(np.inf))]
    return min(near, key=lambda x: (abs(Fraction(float(x)) - exact), int(x.view(np.int32)) & 1))


def add_exactly(x: Floats) -> Fraction:
    """Return the exact sum of an array."""
    return sum((Fraction(float(value)) for value in x), Fraction())


def make_numbers(count: int, seed: int, dtype: type[Any]) -> Floats:
    """Return numbers of very different sizes and both signs."""
    u = draw_uniform(2 * count, seed, "sums")
    return ((u[:count] - 0.5) * np.exp2(np.rint(u[count:] * 60 - 30))).astype(dtype)


@given(st.lists(AWKWARD | ORDINARY, max_size=40))
def test_sums_are_correctly_rounded(values: list[float]) -> None:
    """float64: the sum is that of `math.fsum`, and so is every running sum."""
    assert portable.sum(values) == math.fsum(values)
    running = portable.cumsum(values).tolist()
    assert running == [math.fsum(values[: k + 1]) for k in range(len(values))]


@given(
    st.lists(
        st.sampled_from([1.0, -1.0, 2.0**-24, -(2.0**-24), 2.0**-25, 3.0, 2.0**-60, -(2.0**-60), 2.0**40]), max_size=20
    )
)
def test_float32_sums_are_rounded_once(values: list[float]) -> None:
    """Ties in float32 that the rounding to float64 would hide are decided by what lies below."""
    x = np.array(values, dtype=np.float32)
    assert portable.sum(x) == round_exactly(add_exactly(x), np.float32)
    assert portable.sum(x).dtype == np.float32


@pytest.mark.parametrize("dtype", DTYPES)
def test_quick_estimates_only_count_where_they_prove_themselves(
    dtype: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every line left to the slices the sums are the same; most lines need none; a false proof is noticed."""
    x = make_numbers(300 * 40, 5, dtype).reshape(40, 300)
    x[::7, 1] = -x[::7, 0]
    found, estimate, doubtful = portable.sum(x, 1), estimates.estimate_lines, []

    def doubt(
        x: Floats, units: NDArray[np.float64], places: Places, dtype: np.dtype[Any]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        result, certain = estimate(x, units, places, dtype)
        doubtful.append(int((~certain).sum()))
        return result * dtype.type(0), np.zeros_like(certain)

    monkeypatch.setattr(rounded_sums, "estimate_lines", doubt)
    assert portable.sum(x, 1).tobytes() == found.tobytes()
    assert doubtful[0] < 5
    monkeypatch.setattr(rounded_sums, "estimate_lines", lambda *arguments: (estimate(*arguments)[0], np.array(True)))
    awkward = np.array([1.0, 2.0**-24, 2.0**-60] if dtype is np.float32 else [1.0, 2.0**-53, 2.0**-200], dtype=dtype)
    assert portable.sum(awkward) != round_exactly(add_exactly(awkward), dtype)


def test_rounding_twice_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: 1 + 2**-24 + 2**-60 lies above the tie; rounded to float64 first it would become 1."""
    x = np.array([1.0, 2.0**-24, 2.0**-60], dtype=np.float32)
    assert portable.sum(x) == np.nextafter(np.float32(1), np.float32(2))
    monkeypatch.setattr(rounded_sums, "_round_to_odd", lambda high, _: high)
    assert portable.sum(x) == 1


@pytest.mark.parametrize(("start", "expected"), [(1.0, 1.0), (1.0 + 2.0**-52, 1.0 + 2.0**-51)])
def test_ties_of_float64_go_to_even_or_where_the_rest_points(start: float, expected: float) -> None:
    """Half an ulp alone goes to even; a tiny rest of either sign decides."""
    assert portable.sum([start, 2.0**-53]) == expected
    assert portable.sum([start, 2.0**-53, 2.0**-300]) == start + 2.0**-52
    assert portable.sum([start, 2.0**-53, -(2.0**-300)]) == start


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("axis", [None, 0, 1, 2, -1, (0, 1), (0, 2), (2, 1), (0, 1, 2), ()])
def test_every_axis_and_layout_gives_the_same(axis: int | tuple[int, ...] | None, dtype: type[Any]) -> None:
    """Shapes are NumPy's; each entry is the correctly rounded sum of its line, for any strides and order."""
    x = make_numbers(7 * 30 * 11, 1, dtype).reshape(7, 30, 11)
    found, expected = portable.sum(x, axis), np.sum(x.astype(np.longdouble), axis)
    assert found.shape == expected.shape
    assert portable.sum(x, axis, keepdims=True).shape == np.sum(x, axis, keepdims=True).shape
    np.testing.assert_allclose(
        found, expected.astype(np.float64), rtol=1e-6 if dtype is np.float32 else 1e-15, atol=1e-7
    )
    for other in (
        np.asfortranarray(x),
        x.transpose(1, 2, 0).copy().transpose(2, 0, 1),
        x.astype(x.dtype.newbyteorder()),
    ):
        assert portable.sum(other, axis).tobytes() == found.tobytes()
    order = draw_permutation(30, 1, "order")
    if axis is None or axis == 1:
        assert portable.sum(x[:, order], axis).tobytes() == found.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(100_000,), (3, 40_000), (40_000, 3), (2, 20_000, 2), (1, 1, 70_000), (50_000, 1)])
def test_blocks_change_no_bit(shape: tuple[int, ...], dtype: type[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines longer than a block, and any other size of blocks, give the same sums; permuted addends too."""
    x = make_numbers(math.prod(shape), 2, dtype).reshape(shape)
    axis = int(np.argmax(shape))
    found = portable.sum(x, axis)
    assert portable.sum(x) == round_exactly(add_exactly(x.ravel()), dtype)
    line = np.moveaxis(x, axis, -1).reshape(-1, shape[axis])[0]
    assert np.ravel(found)[0] == round_exactly(add_exactly(line), dtype)
    assert portable.sum(np.take(x, draw_permutation(shape[axis], 3, "order"), axis), axis).tobytes() == found.tobytes()
    monkeypatch.setattr(rounded_sums, "_BLOCK", 1000)
    assert portable.sum(x, axis).tobytes() == found.tobytes()


def test_plain_sums_do_depend_on_order() -> None:
    """Negative control: NumPy's sums change with order and axis, and have other errors."""
    x = make_numbers(2000, 4, np.float64)
    orders = [draw_permutation(2000, seed, "order") for seed in range(20)]
    assert len({float(np.sum(x[order])) for order in orders}) > 1
    assert {float(portable.sum(x[order])) for order in orders} == {math.fsum(x.tolist())}


@pytest.mark.parametrize("dtype", DTYPES)
def test_dot_products_are_correctly_rounded(dtype: type[Any]) -> None:
    """Products are added with what their rounding took away; the control is NumPy's dot product."""
    differs = 0
    for seed in range(60):
        a, b = make_numbers(50, seed, dtype), make_numbers(50, seed + 100, dtype)
        exact = sum((Fraction(float(x)) * Fraction(float(y)) for x, y in zip(a, b, strict=True)), Fraction())
        assert portable.dot(a, b) == round_exactly(exact, dtype)
        order = draw_permutation(50, seed, "order")
        assert portable.dot(a[order], b[order]) == portable.dot(a, b)
        differs += np.dot(a, b) != portable.dot(a, b)
    assert differs > 5


@pytest.mark.parametrize("dtype", DTYPES)
def test_moments_are_close_to_exact(dtype: type[Any]) -> None:
    """Mean, variance, deviation and norm against fractions, also with an offset, where a one-pass formula is worse."""
    eps = float(np.finfo(dtype).eps)
    for seed, offset in itertools.product(range(10), (0.0, 1000.0)):
        x = (draw_uniform(200, seed, "moments") + offset).astype(dtype)
        exact_mean = add_exactly(x) / 200
        exact_var = sum(((Fraction(float(v)) - exact_mean) ** 2 for v in x), Fraction()) / 199
        assert abs(Fraction(float(portable.mean(x))) - exact_mean) <= Fraction(eps) * abs(exact_mean)
        assert float(portable.var(x, ddof=1)) == pytest.approx(float(exact_var), rel=4 * eps, abs=0)
        assert float(portable.std(x, ddof=1)) == pytest.approx(math.sqrt(exact_var), rel=4 * eps, abs=0)
        squares = sum((Fraction(float(v)) ** 2 for v in x), Fraction())
        assert float(portable.norm(x)) == pytest.approx(math.sqrt(squares), rel=4 * eps, abs=0)
        if offset:  # negative control: the formula of one pass cancels
            naive = (np.sum(x * x) - np.sum(x) ** 2 / dtype(200)) / dtype(199)
            assert abs(float(naive) - float(exact_var)) > 4 * eps * float(exact_var)


def test_moments_take_axes() -> None:
    """Shapes and values are NumPy's to a few ulp."""
    x = draw_uniform(600, 1, "axes").reshape(10, 12, 5)
    for axis in (None, 0, (0, 2), -1):
        for keepdims in (False, True):
            for name in ("mean", "var", "std"):
                found, expected = (
                    getattr(portable, name)(x, axis, keepdims=keepdims),
                    getattr(np, name)(x, axis, keepdims=keepdims),
                )
                np.testing.assert_allclose(found, expected, rtol=1e-14)
                assert np.shape(found) == np.shape(expected)
    np.testing.assert_allclose(portable.norm(x, 1), np.linalg.norm(x, axis=1), rtol=1e-14)
    np.testing.assert_allclose(portable.cumsum(x, 1), np.cumsum(x, 1), rtol=1e-14)
    assert portable.norm([3e300, 4e300]) == 5e300
    assert portable.norm([3e-300, 4e-300]) == pytest.approx(5e-300, rel=1e-15)
    assert portable.norm([]) == 0.0


def test_what_cannot_be_added_is_refused() -> None:
    """NaN, infinities, too large addends and results, nothing to average, axes that do not exist."""
    for wrong in ([math.nan], [math.inf, -math.inf], [2.0**960], [1.0, -1e300]):
        with pytest.raises(NonFiniteError, match="addend is out of range"):
            portable.sum(wrong)
    with pytest.raises(NonFiniteError, match="a sum is out of range"):
        portable.sum(np.full(3, 3e38, dtype=np.float32))
    with pytest.raises(NonFiniteError, match="out of range"):
        portable.dot([1e200], [1.0])
    with pytest.raises(NonFiniteError, match="no norm"):
        portable.norm([1.0, math.nan])
    with pytest.raises(UsageError, match="no mean"):
        portable.mean([])
    with pytest.raises(UsageError, match="too few"):
        portable.var([1.0], ddof=1)
    with pytest.raises(UsageError, match="no such axis"):
        portable.sum([1.0], 1)
    with pytest.raises(UsageError, match="named twice"):
        portable.sum([[1.0]], (0, -2))
    with pytest.raises(UsageError, match="no portable arithmetic"):
        portable.sum(["a"])
    with pytest.raises(UsageError, match="dot product"):
        portable.dot([[1.0]], [1.0])


def test_zeros_are_positive_and_types_are_kept() -> None:
    """No sum is -0; integers become float64, float16 becomes float32."""
    for empty in ([], [-0.0, -0.0], [1.0, -1.0]):
        assert math.copysign(1.0, portable.sum(empty)) == 1.0
    assert portable.sum(np.arange(5)).dtype == np.float64
    assert portable.sum(np.ones(3, dtype=np.float16)).dtype == np.float32
    assert portable.sum(2.0**959) == 2.0**959
    assert portable.sum([2.0**-970]) == 0.0
