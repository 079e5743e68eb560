"""The check of exact products without tolerance: right products pass, any wrong element is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verify.conformance.freivalds import ExactChecker, is_wrong_sum
from verify.conformance.words import describe_product
from verify.errors import CouldNotJudgeError
from verify.host.probes import make_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

CASES = [
    (np.float32, 64, 261, 128, 8),
    (np.float32, 784, 64, 128, 8),
    (np.float32, 1, 1, 1, 8),
    (np.float64, 64, 784, 128, 8),
    (np.float64, 128, 64, 10, 22),
    (np.float64, 16, 1, 700, 8),
    (np.float64, 5, 4096, 40, 22),
    (np.float64, 16, 10, 2000, 30),
    (np.float64, 3, 1, 50, 31),
]


def draw(rows: int, columns: int, limit: int, dtype: type[Any], seed: int) -> Floats:
    """Return odd whole numbers of at most `limit` in size, some of them exactly at it."""
    values = np.rint(make_values(rows * columns + seed, 1 - limit, limit - 1, np.float64)[seed:]).astype(np.int64) | 1
    return values.astype(dtype).reshape(rows, columns)


def make_operands(dtype: type[Any], m: int, k: int, n: int, bits: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Return operands whose partial sums just fit the accumulator, the right one on a fine grid."""
    limit = (1 << (24 if dtype is np.float32 else 53)) // (k << bits)
    return draw(m, k, 1 << bits, dtype, seed), draw(k, n, max(1, limit), dtype, seed + 1) * dtype(2.0**-31)


@pytest.mark.parametrize("case", CASES)
def test_a_right_product_passes(case: tuple[type[Any], int, int, int, int]) -> None:
    """For every seed of signs, in both formats."""
    left, right = make_operands(*case)
    checker = ExactChecker(always=True)
    for _ in range(20):
        checker.check_product(left, right, left @ right)
    assert checker.checked == 20


@pytest.mark.parametrize("case", CASES)
def test_one_wrong_element_is_always_found(case: tuple[type[Any], int, int, int, int]) -> None:
    """One unit in any element, which may be the last bit, is found at every try, with the shape and the BLAS."""
    left, right = make_operands(*case)
    sound, checker = left @ right, ExactChecker(always=True)
    for place in range(0, sound.size, max(1, sound.size // 40)):
        out = sound.copy()
        out.flat[place] += out.dtype.type(2.0**-31)
        if out.flat[place] == sound.flat[place]:
            out.flat[place] = np.nextafter(out.flat[place], out.dtype.type(np.inf))
        with pytest.raises(CouldNotJudgeError, match="product is wrong") as caught:
            checker.check_product(left, right, out)
        assert f"{len(left)} x {len(right)} x {out.shape[1]}" in str(caught.value.found)
        assert caught.value.where


@given(st.integers(1, 60), st.integers(1, 300), st.integers(1, 60), st.sampled_from([8, 22, 31]), st.integers(0, 1000))
@settings(max_examples=60)
def test_products_of_any_shape_are_judged_right(m: int, k: int, n: int, bits: int, seed: int) -> None:
    """Right float64 products pass and wrong ones do not, whatever the shape."""
    left, right = make_operands(np.float64, m, k, n, bits, seed)
    out, checker = left @ right, ExactChecker(always=True)
    checker.check_product(left, right, out)
    out.flat[seed % out.size] = np.nextafter(out.flat[seed % out.size], -np.inf)
    with pytest.raises(CouldNotJudgeError):
        checker.check_product(left, right, out)


@pytest.mark.parametrize("case", CASES)
def test_columns_have_units_of_their_own(case: tuple[type[Any], int, int, int, int]) -> None:
    """A product or sum is right whatever the sizes of its columns; one unit of any column is found."""
    left, right = make_operands(*case)
    units = np.ldexp(right.dtype.type(1.0), np.arange(right.shape[1]) * 17 % 50 - 25)
    sound, checker = left @ (right * units), ExactChecker(always=True)
    checker.check_product(left, right * units, sound)
    for column in range(0, right.shape[1], 7):
        out = sound.copy()
        out[0, column] = np.nextafter(out[0, column], out.dtype.type(np.inf))
        with pytest.raises(CouldNotJudgeError):
            checker.check_product(left, right * units, out)
    addends = draw(60, 40, 1 << (18 if right.dtype == np.float32 else 47), case[0], 5) * np.resize(units, 40)
    total = np.add.reduce(addends, axis=0)
    assert not is_wrong_sum(addends, total)
    for column in range(40):
        changed = total.copy()
        changed[column] = np.nextafter(total[column], out.dtype.type(np.inf))
        assert is_wrong_sum(addends, changed)


def test_every_product_of_a_stack_is_checked() -> None:
    """A last bit in the second product of three is found; all three are counted."""
    left = np.stack([draw(5, 8, 255, np.float32, seed) for seed in range(3)])
    right = np.stack([draw(8, 6, 63, np.float32, seed) for seed in range(3)])
    checker, out = ExactChecker(always=True), left @ right
    checker.check("matmul", (left, right, out))
    assert checker.checked == 3
    out[1, 2, 3] = np.nextafter(out[1, 2, 3], np.float32(np.inf))
    with pytest.raises(CouldNotJudgeError):
        checker.check("matmul", (left, right, out))


def test_an_operand_that_is_not_finite_is_no_fault_of_the_host() -> None:
    """A training that produces NaN or infinity is reported as that, not as a wrong product."""
    left, right = np.full((2, 3), np.nan), np.ones((3, 2))
    ExactChecker(always=True).check_product(left, right, left @ right)
    with pytest.raises(CouldNotJudgeError):
        ExactChecker(always=True).check_product(np.ones((2, 3)), right, np.full((2, 2), np.nan))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sums_are_checked_too(dtype: type[Any]) -> None:
    """A right sum passes in any order; a last bit is found."""
    x = draw(500, 7, 1 << (14 if dtype is np.float32 else 43), dtype, 3)
    total = np.add.reduce(x, axis=0)
    assert not is_wrong_sum(x, total)
    total[4] = np.nextafter(total[4], dtype(np.inf))
    assert is_wrong_sum(x, total)
    with pytest.raises(CouldNotJudgeError, match="sum is wrong"):
        ExactChecker(always=True).check("add.reduce", (x, 0, None, total))


@pytest.mark.parametrize(("m", "k", "n"), [(9001, 25, 6), (25, 9001, 6), (700, 601, 3)])
@pytest.mark.parametrize("transposed", [False, True])
def test_products_are_checked_to_the_end(m: int, k: int, n: int, transposed: bool) -> None:
    """Large products of either layout: right ones pass, one wrong element in any part is found."""
    left, right = make_operands(np.float32, m, k, n, 8)
    left = np.asfortranarray(left) if transposed else left
    sound, checker = left @ right, ExactChecker(always=True)
    checker.check_product(left, right, sound)
    for row in (0, m // 2, m - 1):
        wrong = sound.copy()
        wrong[row, n - 1] = np.nextafter(wrong[row, n - 1], np.float32(np.inf))
        with pytest.raises(CouldNotJudgeError):
            checker.check_product(left, right, wrong)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(9001, 6), (9001, 1), (300, 4, 50), (40000, 2)])
def test_sums_are_checked_to_the_end(dtype: type[Any], shape: tuple[int, ...]) -> None:
    """Many rows of few columns with units of their own: one wrong last bit in any column is found."""
    x = draw(shape[0], int(np.prod(shape[1:])), 200, dtype, 0)
    x = (x * dtype(2.0) ** -np.arange(x.shape[1]).astype(dtype) * dtype(2.0**-20)).reshape(shape)
    sound = np.add.reduce(x.astype(np.float64), axis=0).astype(dtype)
    assert not is_wrong_sum(x, sound)
    for place in (0, sound.size - 1):
        wrong = sound.copy()
        wrong.flat[place] = np.nextafter(wrong.flat[place], dtype(np.inf))
        assert is_wrong_sum(x, wrong)


def test_layouts_are_named() -> None:
    """Transposed operands and longer leading dimensions are told from plain ones."""
    a, b = np.ones((4, 6)), np.ones((6, 5))
    assert describe_product(a, b) == "4 x 6 x 5 in float64, left plain, right plain"
    assert "left transposed" in describe_product(np.ones((6, 4)).T, b)
    assert "left plain with leading dimension 9" in describe_product(np.ones((4, 9))[:, :6], b)
    assert "right transposed with leading dimension 8" in describe_product(a, np.ones((5, 8))[:, :6].T)
