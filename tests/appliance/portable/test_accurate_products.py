"""Products of the library: shapes of NumPy, errors not above native ones, no dependence on layout, split or order."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance import portable
from appliance.streams import draw_permutation, draw_uniform
from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

DTYPES = (np.float32, np.float64)


def make_matrix(rows: int, columns: int, seed: int, dtype: type[Any]) -> Floats:
    """Return numbers of about normal distribution."""
    u = draw_uniform(12 * rows * columns, seed, "matrix").reshape(rows, columns, 12)
    normal: Floats = (np.add.reduce(u, axis=2) - 6).astype(dtype)
    return normal


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("inner", [1, 2, 64, 129, 1000, 5000])
def test_errors_are_of_the_order_of_native_ones(inner: int, dtype: type[Any]) -> None:
    """The root mean square error is at most 1.7 times that of NumPy's product, and the stated bound holds."""
    a, b = make_matrix(40, inner, 1, dtype), make_matrix(inner, 30, 2, dtype)
    wide = a.astype(np.longdouble) @ b.astype(np.longdouble)
    found, native = portable.matmul(a, b), a @ b
    own, other = (float(np.sqrt(np.mean((x - wide) ** 2))) for x in (found, native))
    eps = float(np.finfo(dtype).eps)
    assert own <= 1.7 * other + eps * float(np.abs(wide).max())
    largest = np.abs(a).max(1)[:, None].astype(np.float64) * np.abs(b).max(0).astype(np.float64)
    scale = (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64)) * 2
    bound = (
        inner * largest * 2.0**-22 + np.abs(wide) * eps
        if dtype is np.float32
        else (inner * largest * 2.0**-60 + scale * (5 + inner / 2048) * eps)
    )
    assert (np.abs(found - wide) <= bound).all()
    fast = float(np.sqrt(np.mean((portable.matmul(a, b, fast=True) - wide) ** 2)))
    if inner > 2:
        assert fast > 10 * own  # negative control: operands of fewer bits have larger errors


@pytest.mark.parametrize("dtype", DTYPES)
def test_small_products_are_exact(dtype: type[Any]) -> None:
    """Whole numbers that fit have their exact product, and fractions bound the error of others."""
    a, b = np.arange(-6, 6, dtype=dtype).reshape(3, 4), np.arange(-10, 10, dtype=dtype).reshape(4, 5)
    assert portable.matmul(a, b).tolist() == (a @ b).tolist()
    x, y = make_matrix(2, 30, 3, dtype), make_matrix(30, 2, 4, dtype)
    found = portable.matmul(x, y)
    for i in range(2):
        for j in range(2):
            exact = sum(
                (Fraction(float(p)) * Fraction(float(q)) for p, q in zip(x[i], y[:, j], strict=True)), Fraction()
            )
            assert abs(Fraction(float(found[i, j])) - exact) < Fraction(2) ** (-17 if dtype is np.float32 else -49)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_layout_order_and_split_change_no_bit(dtype: type[Any], fast: bool) -> None:
    """Transposed memory, permuted terms of one piece, batches in parts, columns in parts (accurate): the same bits."""
    a, b = make_matrix(50, 100, 5, dtype), make_matrix(100, 40, 6, dtype)
    found = portable.matmul(a, b, fast=fast)
    order = draw_permutation(100, 1, "order")
    rows = draw_permutation(50, 2, "order")
    same = [
        portable.matmul(np.asfortranarray(a), np.asfortranarray(b), fast=fast),
        portable.matmul(a[:, order], b[order], fast=fast),
        portable.matmul(a[::-1, ::-1], b[::-1], fast=fast)[::-1],
        np.concatenate([portable.matmul(a[start : start + 7], b, fast=fast) for start in range(0, 50, 7)]),
        portable.matmul(a[rows], b, fast=fast)[np.argsort(rows, kind="stable")],
        np.stack([portable.matmul(row, b, fast=fast) for row in a]),
    ]
    if not fast:
        same.append(np.concatenate([portable.matmul(a, b[:, s : s + 3]) for s in range(0, 40, 3)], axis=1))
        same.append(portable.matmul(b.T, a.T).T)
    assert {one.tobytes() for one in same} == {found.tobytes()}


def test_native_products_do_depend_on_order() -> None:
    """Negative control: NumPy's product changes when its terms are permuted."""
    a, b = make_matrix(50, 100, 5, np.float32), make_matrix(100, 40, 6, np.float32)
    order = draw_permutation(100, 1, "order")
    assert (a @ b).tobytes() != (a[:, order] @ b[order]).tobytes()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((3,), (3,)),
        ((3,), (3, 2)),
        ((4, 3), (3,)),
        ((5, 4, 3), (3, 2)),
        ((5, 4, 3), (5, 3, 2)),
        ((1, 4, 3), (5, 3, 2)),
        ((2, 1, 4, 3), (5, 3, 2)),
        ((4, 3), (5, 3, 2)),
        ((3,), (5, 3, 2)),
        ((5, 4, 3), (3,)),
        ((0, 3), (3, 2)),
        ((4, 0), (0, 2)),
        ((0,), (0,)),
    ],
)
@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_shapes_are_those_of_numpy(
    first: tuple[int, ...], second: tuple[int, ...], dtype: type[Any], fast: bool
) -> None:
    """Vectors, stacks and empty operands give NumPy's shapes and, for small whole numbers, its values."""
    a = np.arange(float(np.prod(first)), dtype=dtype).reshape(first) % 5 - 2
    b = np.arange(float(np.prod(second)), dtype=dtype).reshape(second) % 7 - 3
    found, expected = portable.matmul(a, b, fast=fast), np.matmul(a, b)
    assert np.shape(found) == np.shape(expected)
    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()
    assert not np.signbit(found[found == 0] if np.ndim(found) else found + 1).any()


def test_lists_and_mixed_types_become_float64() -> None:
    """Lists of integers are taken; float32 with float64 is float64; a float64 product keeps 2**-50."""
    assert portable.matmul([[1, 2]], [[3], [4]]).tolist() == [[11.0]]
    assert portable.matmul(np.ones((1, 2), np.float32), [[1.0], [2.0**-50]])[0, 0] == 1 + 2.0**-50


def test_rows_of_very_different_sizes_keep_their_digits() -> None:
    """Each row and column has a unit of its own."""
    scale = np.exp2(np.arange(-40.0, 60.0, 10.0))
    for dtype, rounding in ((np.float32, 1e-5), (np.float64, 1e-13)):
        a, b = make_matrix(10, 60, 7, dtype), make_matrix(60, 10, 8, dtype)
        wide = a.astype(np.float64) @ b.astype(np.float64)
        plain = portable.matmul(a, b)
        stretched = portable.matmul((a * scale[:, None]).astype(dtype), (b / scale).astype(dtype))
        assert (stretched == (plain * scale[:, None] / scale)).all()
        np.testing.assert_allclose(plain, wide, atol=rounding * 10)


def test_what_has_no_product_is_refused() -> None:
    """Shapes that do not fit, texts, NaN, infinities, results that are too large."""
    shapes: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
        ((2, 3), (2, 3)),
        ((), (1,)),
        ((2, 3, 4), (3, 4, 2)),
        ((3,), (4,)),
    ]
    for first, second in shapes:
        with pytest.raises(UsageError, match="no product"):
            portable.matmul(np.ones(first), np.ones(second))
    with pytest.raises(UsageError, match="no portable arithmetic"):
        portable.matmul(np.ones((1, 1), dtype=complex), [[1.0]])
    for wrong in (np.nan, np.inf, 2.0**400):
        with pytest.raises(NonFiniteError, match="out of range"):
            portable.matmul([[wrong]], [[1.0]])
    large = np.full((1, 1), 3e38, dtype=np.float32)
    with pytest.raises(NonFiniteError, match="a product is out of range"):
        portable.matmul(large, large)
