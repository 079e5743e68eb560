"""Operations that are wrong on purpose, to be passed where a sound one is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.conformance.operations import NUMPY
from verify.host.threads import read_pools

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Numbers = NDArray[Any]
    Product = Callable[..., Numbers]


def _is_float(x: Numbers) -> bool:
    return bool(x.dtype.kind == "f")


def round_product(left: Numbers, right: Numbers, *rest: Any, **named: Any) -> Numbers:  # noqa: ANN401 - as numpy.matmul
    """Multiply as `numpy.matmul`, and lose the last bits of a float result, as tensor cores may."""
    product: Numbers = np.matmul(left, right, *rest, **named)
    if _is_float(product):
        np.multiply(product, 1.0 + float(np.finfo(product.dtype).eps), out=product, casting="same_kind")
    return product


def _shorten(x: Numbers) -> Numbers:
    """Round float32 numbers to the 11 bits of TF32, and float64 ones to 32 bits."""
    fraction, exponent = np.frexp(x.astype(np.float64))
    bits = 11 if x.dtype == np.float32 else 32
    return np.asarray(np.ldexp(np.rint(np.ldexp(fraction, bits)), exponent - bits), dtype=x.dtype)


def shorten_operands(left: Numbers, right: Numbers) -> Numbers:
    """Multiply matrices after rounding their elements to fewer bits."""
    return np.asarray(np.matmul(_shorten(left), _shorten(right)))


def divide_twice_rounded(a: Numbers, b: Numbers) -> Numbers:
    """Divide in the widest format of the host, then round to float64."""
    return np.asarray(np.divide(a, b, dtype=np.longdouble).astype(np.float64))


def round_sum(x: Numbers, axis: int | None) -> Numbers:
    """Sum numbers each of which was changed in its last bit."""
    return NUMPY.sum(np.asarray(x * (1 + float(np.finfo(x.dtype).eps)), dtype=x.dtype) if _is_float(x) else x, axis)


def make_reordered_sum() -> Callable[[Numbers, int | None], Numbers]:
    """Return a sum that adds in another order at each call: harmless on a grid, another result anywhere else."""
    calls = 0

    def add(x: Numbers, axis: int | None) -> Numbers:
        nonlocal calls
        calls += 1
        return NUMPY.sum(np.roll(x, calls * 7, axis=axis) if _is_float(x) else x, axis)

    return add


def order_ties_backwards(x: Numbers) -> Numbers:
    """Sort as a stable order does, but equal elements in the reverse of their order."""
    return np.asarray(len(x) - 1 - NUMPY.stable_order(x[::-1]))


def shift_words(key: int, counter: int, count: int) -> list[int]:
    """Draw the words that belong to the next counter."""
    return NUMPY.draw_words(key, counter + 1, count)


def multiply_wrongly_where(condition: Callable[[Numbers, Numbers], bool], *, last_bit: bool = False) -> Product:
    """Return a product that is wrong where a condition on its operands holds.

    Args:
        condition: of the left and the right operand.
        last_bit: change one element in its last bit; False rounds all operands to 7 bits.
    """

    def multiply(left: Numbers, right: Numbers, out: Numbers | None = None) -> Numbers:
        wrong = _is_float(left) and condition(left, right)
        if wrong and not last_bit:
            left, right = _keep_bits(left, 7), _keep_bits(right, 7)
        found = np.asarray(np.matmul(left, right) if out is None else np.matmul(left, right, out))
        if wrong and last_bit and found.size:
            found.flat[-1] = np.nextafter(found.flat[-1], found.dtype.type(np.inf))
        return found

    return multiply


def _keep_bits(x: Numbers, bits: int) -> Numbers:
    fraction, exponent = np.frexp(x)
    return np.asarray(np.ldexp(np.rint(np.ldexp(fraction, bits)), exponent - bits), dtype=x.dtype)


def is_transposed(x: Numbers) -> bool:
    """Return whether a matrix lies in memory column by column."""
    return min(x.shape) > 1 and x.strides[0] == x.itemsize


def is_wide(x: Numbers) -> bool:
    """Return whether the leading dimension of a matrix is longer than its rows."""
    return min(x.shape) > 1 and x.strides[1] == x.itemsize and x.strides[0] > x.shape[1] * x.itemsize


def count_threads() -> int:
    """Return the largest number of threads of any BLAS that is loaded; 1 where that is not known."""
    return max((pool.threads for pool in read_pools() or ()), default=1)


def divide_by_reciprocal(a: Numbers, b: Numbers, *rest: Any, **named: Any) -> Numbers:  # noqa: ANN401 - as numpy.divide
    """Divide by multiplying with the rounded inverse, as fast division units do."""
    return np.asarray(np.multiply(a, np.divide(1.0, b), *rest, **named))


def cast_towards_zero(x: Numbers, dtype: type[np.floating[Any]]) -> Numbers:
    """Convert to another format and cut instead of rounding."""
    near = x.astype(dtype)
    return np.where(np.abs(near.astype(x.dtype)) > np.abs(x), np.nextafter(near, dtype(0)), near)


def multiply_flushing(a: Numbers, b: Numbers, *rest: Any, **named: Any) -> Numbers:  # noqa: ANN401 - as numpy.multiply
    """Multiply element by element and flush subnormal float32 results to zero, as vector units of 32-bit ARM do."""
    product = np.asarray(np.multiply(a, b, *rest, **named))
    if product.dtype == np.float32:
        tiny = np.abs(product) < np.finfo(np.float32).tiny
        product[tiny] = np.copysign(np.float32(0.0), product[tiny])
    return product
