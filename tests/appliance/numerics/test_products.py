"""Portable products: exact on the grid, independent of order and layout, with the error that is documented."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.numerics.formats import F32, F64, FORMATS, find_kind, find_longest
from appliance.numerics.grids import find_exponent, find_magnitude, find_units, round_rows, round_to_grid
from appliance.numerics.operations import PORTABLE
from appliance.numerics.plans import Immediate, Plan
from appliance.numerics.products import matmul, multiply_exact
from appliance.streams import draw_uniform
from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format

    Floats = NDArray[np.floating[Any]]


def make_matrix(seed: int, rows: int, columns: int, dtype: type[np.floating[Any]], spread: int = 0) -> Floats:
    """Return values in (-1, 1), scaled per column by powers of two up to 2**spread."""
    values = draw_uniform(rows * columns, seed, "test").reshape(rows, columns) * 2.0 - 1.0
    scales = np.exp2(np.linspace(0, spread, columns)) if columns else np.ones(0)
    return (values * scales).astype(dtype)


def multiply_fractions(left: Floats, right: Floats) -> list[list[Fraction]]:
    """Return the exact product as nested lists of fractions."""
    return [
        [
            sum((Fraction(float(a)) * Fraction(float(b)) for a, b in zip(row, column, strict=True)), Fraction())
            for column in right.T
        ]
        for row in left
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["f32", "f64"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 784, 5), (64, 128, 10), (1, 264, 7), (5, 265, 1), (2, 300, 3)])
def test_operands_on_their_grids_multiply_exactly(name: str, shape: tuple[int, int, int]) -> None:
    """Every entry of a chunk's product equals the product in rational arithmetic."""
    fmt, (m, k, n) = FORMATS[name], shape
    kind = find_kind(fmt, accurate=False)
    chunks, limit = kind.split(k), kind.find_limit(k, kind.left_bits)
    right = make_matrix(2, k, n, fmt.dtype)
    right = round_to_grid(right, find_exponent(find_magnitude(right), limit, fmt), fmt)
    left = np.full((m, k), 2.0**kind.left_bits, dtype=fmt.dtype)
    left[:, ::2] -= 1
    for start, stop in chunks:
        piece = left[:, start:stop] @ right[start:stop]
        exact = multiply_fractions(left[:, start:stop], right[start:stop])
        assert [[Fraction(float(x)) for x in row] for row in piece] == exact


@pytest.mark.parametrize("name", ["f32", "f64"])
def test_products_over_one_term_read_their_operands_when_they_run(name: str) -> None:
    """A planned product of a column and a row follows both, strided or not, and keeps nothing of earlier ones."""
    fmt = FORMATS[name]
    left, right = make_matrix(3, 2, 40, fmt.dtype), make_matrix(4, 1, 7, fmt.dtype)
    product, plan = np.empty((40, 7), dtype=fmt.dtype), Plan()
    multiply_exact(left.T[:, ::2], right, ((0, 1),), product, do=plan)
    for factor in (1.0, -0.25, 0.0):
        right *= fmt.dtype(factor)
        plan.run()
        assert np.array_equal(product, left.T[:, :1] * right)


@pytest.mark.parametrize("accurate", [False, True])
@pytest.mark.parametrize("name", ["f32", "f64"])
def test_operands_at_the_edge_of_the_budget_multiply_exactly(name: str, accurate: bool) -> None:
    """Largest operands of one sign fill the accumulator to its last bit and no further; one unit more does not fit."""
    kind = find_kind(FORMATS[name], accurate=accurate)
    for length in (1, 2, 63, 255, kind.piece):
        limit = kind.find_limit(length, kind.left_bits)
        left = np.full((2, length), 2.0**kind.left_bits, dtype=kind.fmt.dtype)
        right = np.full((length, 2), float(limit), dtype=kind.fmt.dtype)
        exact = length * limit * 2**kind.left_bits
        assert exact <= 2**kind.fmt.significand
        assert limit == 2**kind.most_bits or exact + length * 2**kind.left_bits > 2**kind.fmt.significand
        assert int((left @ right)[0, 0]) == exact


def test_operands_beyond_the_budget_are_rounded() -> None:
    """Negative control: twice the budget, with an odd last unit, loses that unit."""
    length = 256
    left = np.full((1, length), 512.0, dtype=np.float32)
    left[0, 0] = 511.0
    right = np.full((length, 1), 257.0, dtype=np.float32)
    exact = int(sum(Fraction(float(x)) * 257 for x in left[0]))
    assert int((left @ right)[0, 0]) != exact


def permute_product(a: Floats, b: Floats, order: NDArray[np.intp]) -> Floats:
    """Return the portable product with its inner dimension reordered inside every chunk."""
    return matmul(np.ascontiguousarray(a[:, order]), np.ascontiguousarray(b[order]))


@given(
    st.integers(0, 2**32),
    st.integers(1, 9),
    st.integers(1, 600),
    st.integers(1, 9),
    st.sampled_from(["f32", "f64"]),
    st.integers(-20, 20),
)
@settings(max_examples=60, deadline=None)
def test_layout_and_batch_do_not_change_a_bit(seed: int, m: int, k: int, n: int, name: str, spread: int) -> None:
    """Transposed, strided, padded and row-by-row operands give the bits of the plain call."""
    dtype = FORMATS[name].dtype
    a, b = make_matrix(seed, m, k, dtype, spread), make_matrix(seed + 1, k, n, dtype)
    plain = matmul(a, b)
    strided = np.zeros((2 * m, 3 * k), dtype=dtype)
    strided[::2, ::3] = a
    assert matmul(np.asfortranarray(a), np.asfortranarray(b)).tobytes() == plain.tobytes()
    assert matmul(strided[::2, ::3], b[:, ::-1])[:, ::-1].tobytes() == plain.tobytes()
    rows = np.concatenate([matmul(a[i : i + 1], b) for i in range(m)])
    assert rows.tobytes() == plain.tobytes()


@given(st.integers(0, 2**32), st.integers(2, 264))
@settings(max_examples=40, deadline=None)
def test_order_inside_a_chunk_does_not_change_a_bit(seed: int, k: int) -> None:
    """Reversing and rotating the inner dimension leaves a one-chunk product alone."""
    a, b = make_matrix(seed, 4, k, np.float32), make_matrix(seed + 1, k, 3, np.float32)
    plain = matmul(a, b).tobytes()
    assert permute_product(a, b, np.arange(k)[::-1]).tobytes() == plain
    assert permute_product(a, b, np.roll(np.arange(k), k // 2)).tobytes() == plain


def test_native_product_depends_on_order() -> None:
    """Negative control: the same reversal does change a plain float32 product."""
    a, b = make_matrix(1, 4, 264, np.float32), make_matrix(2, 264, 3, np.float32)
    assert (a[:, ::-1].copy() @ b[::-1].copy()).tobytes() != (a @ b).tobytes()


@given(
    st.integers(0, 2**32), st.integers(1, 5), st.integers(0, 300), st.integers(1, 5), st.sampled_from(["f32", "f64"])
)
@settings(max_examples=60, deadline=None)
def test_error_stays_within_the_documented_bound(seed: int, m: int, k: int, n: int, name: str) -> None:
    """The portable product differs from the exact one by no more than the docstring says."""
    fmt = FORMATS[name]
    a, b = make_matrix(seed, m, k, fmt.dtype), make_matrix(seed + 1, k, n, fmt.dtype)
    found = matmul(a, b)
    kind = find_kind(fmt, accurate=False)
    v = 2.0 ** -find_exponent(find_magnitude(b), kind.find_limit(k, kind.left_bits), fmt)
    for i, row in enumerate(multiply_fractions(a, b)):
        top = find_magnitude(a[i])
        u = float(find_units(np.array([[top]], dtype=fmt.dtype), kind.left_bits, fmt)[0, 0])
        bound = k * (u * find_magnitude(b) + v * top + u * v) / 2 + 4 * k * top * 2.0**-fmt.significand
        assert all(abs(Fraction(float(x)) - y) <= bound for x, y in zip(found[i], row, strict=True))


@pytest.mark.parametrize("name", ["f32", "f64"])
@pytest.mark.parametrize("shape", [(0, 3, 2), (2, 0, 3), (2, 3, 0), (0, 0, 0)])
def test_empty_operands_give_empty_or_zero_products(name: str, shape: tuple[int, int, int]) -> None:
    """Zero-size dimensions follow the rules of a matrix product."""
    m, k, n = shape
    dtype = FORMATS[name].dtype
    product = matmul(np.ones((m, k), dtype=dtype), np.ones((k, n), dtype=dtype))
    assert product.shape == (m, n)
    assert not product.any()


def test_products_hold_no_negative_zero() -> None:
    """A product of zeros of either sign is +0, for any sign that BLAS gives it."""
    a = np.array([[-0.0, 0.0], [0.0, -1e-30], [-1.0, 1.0]], dtype=np.float32)
    b = np.array([[-1.0, 0.0], [-1.0, -0.0]], dtype=np.float32)
    product = matmul(a, b)
    assert not np.signbit(product[product == 0.0]).any()


def test_signs_of_zeros_from_a_kernel_never_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that gives -0 wherever it may leaves +0 in the product."""
    real = np.matmul

    def negate_zeros(x: Floats, y: Floats, out: Floats) -> Floats:
        real(x, y, out)
        out[out == 0.0] = -0.0
        return out

    monkeypatch.setattr("appliance.numerics.products.np.matmul", negate_zeros)
    product = matmul(np.eye(3, dtype=np.float32), np.eye(3, dtype=np.float32))
    assert product.tobytes() == np.eye(3, dtype=np.float32).tobytes()


def test_one_tiny_row_keeps_its_own_grid() -> None:
    """Rows of very different size are all represented to their own precision."""
    a = np.array([[1e10, 1e10], [1e-10, 2e-10]], dtype=np.float32)
    b = np.array([[1.0], [0.5]], dtype=np.float32)
    assert matmul(a, b)[1, 0] == pytest.approx(2e-10, rel=1e-2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
@pytest.mark.parametrize("side", [0, 1])
def test_values_out_of_range_are_refused(bad: float, side: int) -> None:
    """NaN, infinities and magnitudes beyond the cap stop a product instead of spreading."""
    operands = [np.ones((2, 2), dtype=np.float32), np.ones((2, 2), dtype=np.float32)]
    operands[side][1, 1] = bad
    with pytest.raises(NonFiniteError):
        matmul(operands[0], operands[1])


def test_operands_that_do_not_fit_are_refused() -> None:
    """Mixed dtypes, integers and wrong shapes get one clear error."""
    a = np.ones((2, 3), dtype=np.float32)
    for b in (np.ones((3, 2)), np.ones((2, 3), dtype=np.float32), np.ones(3, dtype=np.float32)):
        with pytest.raises(UsageError):
            matmul(a, b)
    with pytest.raises(UsageError):
        matmul(np.ones((2, 2), dtype=np.int64), np.ones((2, 2), dtype=np.int64))


def test_a_rounding_kernel_would_be_noticed() -> None:
    """Negative control: a product that rounds its operands' low bits changes the digest of a layout test."""
    a, b = make_matrix(1, 4, 100, np.float32), make_matrix(2, 100, 3, np.float32)
    plain = matmul(a, b).tobytes()
    real = np.matmul

    def round_late(x: Floats, y: Floats, out: Floats) -> Floats:
        return real(x, y * np.float32(1 + 2**-20), out)

    assert matmul(a, b, Immediate({**PORTABLE, "matmul": round_late})).tobytes() != plain


@given(st.integers(0, 20_000), st.sampled_from([F32, F64]), st.booleans(), st.booleans())
def test_pieces_cover_the_inner_dimension_once(length: int, fmt: Format, accurate: bool, rows: bool) -> None:
    """Pieces are contiguous, complete, never empty unless all is, the fewest that are no longer than allowed."""
    kind = find_kind(fmt, accurate=accurate)
    pieces, most = kind.split(length), kind.piece
    if rows:  # in float64 they are one piece
        pieces, most = kind.split_rows(length), kind.rows if kind.fmt is F32 else max(length, 1)
    assert [start for start, _ in pieces[1:]] == [stop for _, stop in pieces[:-1]]
    assert pieces[0][0] == 0
    assert pieces[-1][1] == length
    assert all(0 < stop - start <= most for start, stop in pieces) or length == 0
    lengths = [stop - start for start, stop in pieces]
    assert lengths[:-1] == [find_longest(pieces)] * (len(pieces) - 1)
    assert lengths[-1] <= lengths[0]
    assert len(pieces) == max(1, -(-length // most))


def test_rows_are_rounded_to_half_a_unit() -> None:
    """Whole numbers times units approximate their row to half a unit and stay within 2**bits."""
    x = make_matrix(9, 50, 40, np.float32, 8)
    tops = np.abs(x).max(axis=1, keepdims=True)
    units = find_units(tops, 8, F32)
    whole = round_rows(x, units, np.empty_like(x), F32)
    assert (whole == np.rint(whole)).all()
    assert np.abs(whole).max() <= 256
    assert (np.abs(whole).max(axis=1) >= 128).all()
    assert (np.abs(whole.astype(float) * units - x) <= units / 2).all()
