"""Operations that are wrong on purpose, to be passed where a sound one is expected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.conformance.operations import NUMPY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Numbers = NDArray[Any]


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
