"""Probes of sums of many terms, at the edge of what stays exact."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.conformance.freivalds import is_wrong
from verify.host.probes import make_values
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.conformance.operations import Operations

    Floats = NDArray[np.floating[Any]]
    Whole = NDArray[np.int64]

# dtype, bits of the accumulator, longest inner dimension: what portable arithmetic uses.
_BUDGETS: tuple[tuple[Any, int, int], ...] = ((np.float32, 24, 264), (np.float64, 53, 4096))
_INNER = (1, 2, 7, 10, 64, 129, 261, 262, 263, 264)
_LONG = (300, 784, 1500)  # inner dimensions that only float64 has in one piece
_OUTER = ((1, 1), (1, 17), (65, 1), (3, 10), (64, 16), (37, 129), (131, 10), (261, 12), (16, 261), (64, 10))
_LARGE, _SHARED = (256, 256), (264, 129, 64)
_WHOLE = 1 << 19  # multiplications up to which a product is compared with one of whole numbers
_SINGLE = 24  # bits of the accumulator of float32
_PATTERNS = ("full", "cancelling", "mixed", "near")
# Layouts of the left and of the right operand: forward passes, gradients of weights (transposed left), gradients of
# inputs (transposed right), the first layer's pieces (longer leading dimension), and what nobody expects.
_LAYOUTS = (
    ("plain", "plain"),
    ("transposed", "plain"),
    ("plain", "transposed"),
    ("wide", "plain"),
    ("transposed", "transposed"),
    ("wide transposed", "plain"),
    ("plain", "wide transposed"),
    ("strided", "strided"),
)


def _split(inner: int, bits: int) -> list[tuple[int, int]]:
    """Return limits of both operands, with sums over `inner` that are just exact: long right, equal, long left ones."""
    whole = bits - (inner - 1).bit_length()
    return [(1 << left, (1 << bits) // (inner << left)) for left in (1, whole // 2, whole - 2)]


def _draw(rows: int, columns: int, limit: int, pattern: str) -> Whole:
    """Return odd whole numbers of at most `limit`: all at the limit, of alternating sign, mixed, or near it.

    Odd ones need every bit; a unit that rounds its operands to fewer loses the last.
    """
    if pattern == "mixed":
        values = np.rint(make_values(rows * columns, 1 - limit, limit - 1, np.float64)).astype(np.int64) | 1
        return values.reshape(rows, columns)
    whole = np.full((rows, columns), limit - 1 | 1, dtype=np.int64)
    if pattern == "near":  # sums of blocks, as in Strassen's method, need one bit more for these
        steps = np.rint(make_values(rows * columns, 0.0, 2.4, np.float64)).astype(np.int64)
        near: Whole = np.maximum(whole - steps.reshape(rows, columns), 1)
        return near
    if pattern == "cancelling":
        whole[::2] *= -1
        whole[:, ::2] *= -1
    return whole


def _lay_out(whole: Whole, dtype: Any, layout: str, scale: float) -> Floats:  # noqa: ANN401 - any float type
    """Return whole numbers times a power of two, as a plain, a transposed or a strided array."""
    values = (whole * scale).astype(dtype)
    if layout == "transposed":
        return np.ascontiguousarray(values.T).T
    if layout == "wide":
        return _widen(values)
    if layout == "wide transposed":
        return _widen(np.ascontiguousarray(values.T)).T
    if layout == "strided":
        wide = np.zeros((whole.shape[0] * 2, whole.shape[1] * 3), dtype=dtype)
        wide[::2, ::3] = values
        return wide[::2, ::3]
    return values


def _widen(values: Floats) -> Floats:
    """Return the same matrix as the left part of one with more columns."""
    wide = np.ones((values.shape[0], values.shape[1] + 13), dtype=values.dtype)
    wide[:, : values.shape[1]] = values
    return wide[:, : values.shape[1]]


def _multiply(
    operations: Operations,
    limits: tuple[int, int],
    shape: tuple[int, int, int],
    dtype: Any,  # noqa: ANN401 - any float type
    pattern: str,
    layouts: tuple[str, str],
) -> str | None:
    rows, inner, columns = shape
    a, b = _draw(rows, inner, limits[0], pattern), _draw(inner, columns, limits[1], pattern)
    left, right = _lay_out(a, dtype, layouts[0], 2.0**-9), _lay_out(b, dtype, layouts[1], 2.0**-31)
    found = operations.matmul(left, right)
    if rows * inner * columns > _WHOLE:
        signs = np.where(make_values(columns, -1.0, 1.0, np.float64) < 0.0, -1.0, 1.0)
        trouble = "it" if is_wrong(left, right, found, signs, (0, limits[0].bit_length())) else None
    else:
        wrong = np.argwhere(found.astype(np.float64) * 2.0**40 != np.matmul(a, b))  # whole numbers do without BLAS
        trouble = f"element {wrong[0].tolist()}" if wrong.size else None
    case = f"{rows} x {inner} x {columns}, {np.dtype(dtype)}, {pattern}, left {layouts[0]}, right {layouts[1]}"
    return trouble and f"{case}, up to {limits[0]} and {limits[1]}: {trouble} is rounded"


def check_products(operations: Operations) -> str | None:
    """Multiply at every inner length, shape, pair of layouts and pattern that a kernel may treat in its own way."""
    with limit_threads(1, strict=False):
        for dtype, bits, longest in _BUDGETS:
            inner_lengths = (*_INNER, *_LONG, longest) if bits > _SINGLE else (*_INNER, longest)
            for number, inner in enumerate(inner_lengths):
                trouble = _try_inner(operations, dtype, bits, inner, number)
                if trouble:
                    return trouble
    return None


def _try_inner(
    operations: Operations,
    dtype: Any,  # noqa: ANN401 - any float type
    bits: int,
    inner: int,
    number: int,
) -> str | None:
    """Multiply all shapes of one inner length, in two pairs of layouts each, which differ from length to length."""
    outer = _OUTER if inner <= _INNER[-1] else _OUTER[2:4] + _OUTER[6:7]
    for place, (rows, columns) in enumerate(outer):
        limits = _split(inner, bits)[(number + place) % 3]
        for turn in range(2):
            layouts = _LAYOUTS[(number + 3 * place + 4 * turn) % len(_LAYOUTS)]
            pattern = _PATTERNS[(number + place + turn) % 4]
            trouble = _multiply(operations, limits, (rows, inner, columns), dtype, pattern, layouts)
            if trouble:
                return trouble
    return None


def check_threaded_products(operations: Operations) -> str | None:
    """Multiply shapes large enough to be shared, with as many threads as there are processors, at least two.

    Odd operands near the limit show a product that is made from sums of blocks (Strassen's), which needs more bits.
    """
    with limit_threads(max(2, os.cpu_count() or 2), strict=False) as report:
        if not report.installed:
            return "threads cannot be set: threadpoolctl is not installed"
        for dtype, bits, _ in _BUDGETS:
            for number, inner in enumerate(_SHARED):
                limits, shape = _split(inner, bits)[number], (_LARGE[0], inner, _LARGE[1])
                for pattern in ("mixed", "near"):
                    trouble = _multiply(operations, limits, shape, dtype, pattern, _LAYOUTS[number])
                    if trouble:
                        return trouble
    return None


def check_sums(operations: Operations) -> str | None:
    """Add whole numbers up to the last that fits the accumulator, along either axis and all at once."""
    for dtype, bits, _ in _BUDGETS:
        for rows in (1, 9, 128, 1000):
            whole = np.full((rows, 24), (1 << bits) // (rows * 24), dtype=np.int64)
            whole[::3] *= -1
            whole[1::5, ::7] -= 1
            values = whole.astype(dtype)
            for axis in (0, 1, None):
                if (operations.sum(values, axis) != np.add.reduce(whole, axis=axis)).any():
                    return f"a sum of {rows} x 24 whole numbers in {np.dtype(dtype)} along axis {axis} is rounded"
    return None


def _compute_natively(operations: Operations, a: Floats) -> tuple[bytes, ...]:
    results = (operations.matmul(a, a.T), operations.sum(a, None), operations.sum(a, 0))
    return tuple(np.asarray(result).tobytes() for result in results)


def check_repeats(operations: Operations) -> str | None:
    """Repeat products and sums of numbers that do round: the bits must be those of the first time."""
    for dtype in (np.float32, np.float64):
        a = make_values(48 * 300, -1.0, 1.0, dtype).reshape(48, 300)
        first = _compute_natively(operations, a)
        for number in range(2, 6):
            if _compute_natively(operations, a) != first:
                return f"repetition {number} in {np.dtype(dtype)} has other bits"
    return None


def check_alignment(operations: Operations) -> str | None:
    """Multiply the same numbers at several places in memory: the bits must not depend on the address."""
    for dtype in (np.float32, np.float64):
        a = make_values(40 * 200, -1.0, 1.0, dtype)
        first = operations.matmul(a.reshape(40, 200), a.reshape(200, 40)).tobytes()
        for shift in (1, 2, 3, 5):
            moved = np.zeros(a.size + shift, dtype=dtype)[shift:]
            moved[:] = a
            if operations.matmul(moved.reshape(40, 200), moved.reshape(200, 40)).tobytes() != first:
                return f"{np.dtype(dtype)}, {shift} elements further on, has other bits"
    return None
