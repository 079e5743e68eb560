"""What must not change a bit: order, blocking, transposition, padding, threads, place; on numbers of any size."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from appliance.numerics.formats import FORMATS, find_kind
from appliance.numerics.functions import exp, exp_nonpositive
from appliance.numerics.grids import find_exponent, find_magnitude, find_units, round_to_grid
from appliance.numerics.logarithms import log
from appliance.numerics.products import matmul, multiply_exact
from appliance.numerics.sums import sum_on_grid
from appliance.streams import draw_words
from support.wild import Kind, kinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

SIZES = st.tuples(st.integers(1, 12), st.integers(1, 600), st.integers(1, 12))


def draw_operands(kind: Kind, shape: tuple[int, int, int]) -> tuple[Floats, Floats]:
    """Return operands (m, k) and (k, n) of that kind."""
    m, k, n = shape
    return kind.draw("left", m, k), kind.draw("right", k, n)


def shuffle(kind: Kind, count: int, label: str) -> NDArray[np.intp]:
    """Return a permutation of range(count)."""
    return np.argsort(draw_words(count, kind.seed, label), kind="stable")


def shuffle_chunks(kind: Kind, length: int) -> NDArray[np.intp]:
    """Return a permutation of range(length) that leaves every term in its chunk."""
    chunks = find_kind(FORMATS[kind.name], accurate=False).split(length)
    parts = [start + shuffle(kind, stop - start, f"chunk {start}") for start, stop in chunks]
    return np.concatenate(parts)


@given(kinds(), SIZES)
@settings(max_examples=80)
def test_products_do_not_depend_on_order(kind: Kind, shape: tuple[int, int, int]) -> None:
    """Terms in another order inside a chunk, rows and columns in any order."""
    a, b = draw_operands(kind, shape)
    plain, inner = matmul(a, b), shuffle_chunks(kind, shape[1])
    rows, columns = shuffle(kind, shape[0], "rows"), shuffle(kind, shape[2], "columns")
    assert matmul(a[:, inner], b[inner]).tobytes() == plain.tobytes()
    assert matmul(a[rows], b[:, columns]).tobytes() == plain[rows][:, columns].tobytes()


@given(kinds(), SIZES, st.integers(0, 2))
@settings(max_examples=60)
def test_products_do_not_depend_on_padding_or_place(kind: Kind, shape: tuple[int, int, int], gap: int) -> None:
    """Rows and columns of zeros around the operands, odd addresses, gaps between elements, Fortran order."""
    (m, k, n), (a, b) = shape, draw_operands(kind, shape)
    plain = matmul(a, b)
    padded_a, padded_b = np.zeros((m + 3, k), a.dtype), np.zeros((k, n + 5), b.dtype)
    padded_a[2 : 2 + m], padded_b[:, 1 : 1 + n] = a, b
    assert matmul(padded_a, padded_b)[2 : 2 + m, 1 : 1 + n].tobytes() == plain.tobytes()
    wide = np.full((m, k * (gap + 1) + 1), np.nan, a.dtype)
    wide[:, 1 :: gap + 1][:, :k] = a
    assert matmul(wide[:, 1 :: gap + 1][:, :k], np.asfortranarray(b)).tobytes() == plain.tobytes()


@given(kinds(), SIZES, st.integers(1, 300))
@settings(max_examples=60)
def test_products_do_not_depend_on_blocking(kind: Kind, shape: tuple[int, int, int], block: int) -> None:
    """A product on its grid, made of blocks of its inner dimension in another order, or transposed, is the same."""
    fmt, (a, b) = FORMATS[kind.name], draw_operands(kind, shape)
    products = find_kind(fmt, accurate=False)
    chunk = products.split(shape[1])[0]
    limit = products.find_limit(shape[1], products.left_bits)
    left = np.rint(np.ldexp(a[:, : chunk[1]], products.left_bits - 1 - kind.high)).astype(fmt.dtype)
    right = round_to_grid(b[: chunk[1]], find_exponent(find_magnitude(b), limit, fmt), fmt)
    whole = multiply_exact(left, right, (chunk,), np.empty((shape[0], shape[2]), fmt.dtype)) + fmt.dtype(0)
    blocks = [(start, min(start + block, chunk[1])) for start in range(0, chunk[1], block)]
    total = np.zeros_like(whole)
    for start, stop in reversed(blocks):
        total = total + left[:, start:stop] @ right[start:stop]
    assert total.tobytes() == whole.tobytes()
    assert ((right.T @ left.T).T + fmt.dtype(0)).tobytes() == whole.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["f32", "f64"])
@pytest.mark.parametrize("shape", [(64, 784, 128), (257, 300, 33), (1, 1024, 1024), (512, 64, 512)])
def test_products_do_not_depend_on_threads(name: str, shape: tuple[int, int, int]) -> None:
    """One thread and several give the same bits where BLAS divides the work."""
    found = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, user_api="blas"):
            kind = Kind(seed=1, name=name, low=-8, high=0, cancels=True)
            found.append(matmul(*draw_operands(kind, shape)).tobytes())
    assert found == found[:1] * 3


@given(kinds(), SIZES)
@settings(max_examples=40)
def test_products_of_any_size_keep_their_error(kind: Kind, shape: tuple[int, int, int]) -> None:
    """With cancellation, subnormal and very large operands, too, the error keeps its bound, and no zero is -0."""
    fmt, (a, b) = FORMATS[kind.name], draw_operands(kind, (min(shape[0], 2), shape[1], 1))
    found, products = matmul(a, b), find_kind(fmt, accurate=False)
    v = Fraction(2) ** -find_exponent(find_magnitude(b), products.find_limit(a.shape[1], products.left_bits), fmt)
    largest = Fraction(find_magnitude(b))
    for row, value in zip(a, found[:, 0], strict=True):
        top = Fraction(find_magnitude(row))
        unit = find_units(np.array([[float(top)]], dtype=fmt.dtype), products.left_bits, fmt)
        u = Fraction(float(unit[0, 0]))
        exact = Fraction(0)
        for x, y in zip(row.tolist(), b[:, 0].tolist(), strict=True):
            exact += Fraction(x) * Fraction(y)
        bound = len(row) * (u * largest + v * top + u * v) / 2
        bound += len(row) * (top + u) * (largest + v) * 4 / Fraction(2) ** fmt.significand
        assert abs(Fraction(float(value)) - exact) <= bound
    assert not np.signbit(found[found == 0]).any()


@given(kinds(), st.integers(1, 500))
@settings(max_examples=60)
def test_sums_do_not_depend_on_order_or_shape(kind: Kind, count: int) -> None:
    """Shuffled, reversed, as a matrix by rows or columns, and with zeros in between instead of behind."""
    x = kind.draw("sum", count)
    total = sum_on_grid(x)
    assert sum_on_grid(x[shuffle(kind, count, "order")]) == total
    assert sum_on_grid(x[::-1]) == total
    assert sum_on_grid(np.resize(x, (1, count)).T) == total
    between, behind = np.zeros((2, 2 * count), x.dtype)
    between[::2], behind[:count] = x, x
    assert sum_on_grid(between) == sum_on_grid(behind)


@pytest.mark.parametrize("function", [exp, log, exp_nonpositive])
@given(kinds(), st.integers(1, 70), st.integers(0, 9), st.integers(1, 3))
@settings(max_examples=40)
def test_functions_do_not_depend_on_neighbours(
    function: Callable[[Floats], Floats], kind: Kind, count: int, offset: int, step: int
) -> None:
    """A value alone, at an odd address, in a strided array or at the end of a vector register has the same bits."""
    x = -np.abs(kind.draw("function", count)) if function is exp_nonpositive else np.abs(kind.draw("function", count))
    plain = function(x)
    alone = np.concatenate([function(x[i : i + 1]) for i in range(count)])
    assert alone.tobytes() == plain.tobytes()
    room = np.ones(offset + step * count, x.dtype)
    room[offset::step][:count] = x
    assert function(room[offset::step][:count]).tobytes() == plain.tobytes()


def test_native_arithmetic_does_depend() -> None:
    """Negative control: on the same numbers plain products and sums change with order, blocking and padding."""
    kind = Kind(seed=1, name="f32", low=-8, high=0, cancels=False)
    a, b = draw_operands(kind, (12, 600, 12))
    order = shuffle_chunks(kind, 600)
    assert (a[:, order] @ b[order]).tobytes() != (a @ b).tobytes()
    assert (a[:, :300] @ b[:300] + a[:, 300:] @ b[300:]).tobytes() != (a @ b).tobytes()
    assert np.concatenate([a[i : i + 1] @ b for i in range(12)]).tobytes() != (a @ b).tobytes()
    x = kind.draw("sum", 500)
    assert any(np.sum(np.roll(x, k)) != np.sum(x) for k in range(50))


def test_grids_that_are_too_fine_do_depend() -> None:
    """Negative control: with twice the bits that the budget allows, the law of order fails."""
    kind = Kind(seed=2, name="f32", low=0, high=0, cancels=False)
    a, b = draw_operands(kind, (4, 264, 4))
    left, right = np.rint(a * np.float32(2**12)), np.rint(b * np.float32(2**20))
    order = shuffle_chunks(kind, 264)
    assert (left[:, order] @ right[order]).tobytes() != (left @ right).tobytes()
