"""Probes the products that a configuration is about to make, in their shapes and memory layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from verify.conformance.freivalds import MATRIX, is_wrong
from verify.conformance.words import describe_product
from verify.host.probes import make_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from verify.conformance.operations import Operations

    Floats = NDArray[np.floating[Any]]

_ACCUMULATORS = {np.dtype(np.float32): 24, np.dtype(np.float64): 53}
_LEFT_BITS = 8  # as bytes of a data set; hidden activations have at least as many


class Layout(NamedTuple):
    """Shape, strides in bytes and type of a matrix."""

    shape: tuple[int, int]
    strides: tuple[int, int]
    dtype: np.dtype[np.floating[Any]]


class ProductShape(NamedTuple):
    """The layouts of the operands (m, k) and (k, n) and of the result (m, n) of a product."""

    left: Layout
    right: Layout
    out: Layout


def describe_operand(x: Floats) -> Layout:
    """Return the layout of a matrix, or of those in a stack, which all have the same."""
    x = x if x.ndim == MATRIX else x[0]
    rows, columns = x.shape
    down, across = x.strides
    return Layout((rows, columns), (down, across), x.dtype)


def list_shapes(products: Iterable[tuple[Floats, Floats, Floats]]) -> list[ProductShape]:
    """Return the different shapes among some products, in order."""
    return list(dict.fromkeys(ProductShape(*map(describe_operand, operands)) for operands in products))


def _allocate(layout: Layout) -> Floats:
    """Return a matrix of zeros with that layout, in memory of its own."""
    size = layout.dtype.itemsize
    reach = [(length - 1) * abs(stride) for length, stride in zip(layout.shape, layout.strides, strict=True)]
    buffer = np.zeros(max(reach[0] + reach[1] + size, size), dtype=np.uint8)
    return np.ndarray(layout.shape, layout.dtype, buffer.data, strides=layout.strides)


def _fill(x: Floats, limit: int, start: int) -> Floats:
    """Write odd whole numbers of at most `limit` in size into x; odd ones need every bit."""
    values = make_values(x.size + start, 1 - limit, limit - 1, np.float64)[start:]
    whole = np.rint(values).astype(np.int64) | 1
    x[...] = whole.reshape(x.shape)
    return x


def find_wrong_shape(operations: Operations, shapes: Iterable[ProductShape]) -> str | None:
    """Multiply operands of these layouts that just fit the accumulator; return what was wrong, None if nothing was."""
    for number, shape in enumerate(shapes):
        left, right, out = (_allocate(layout) for layout in shape)
        if 0 in (*left.shape, *right.shape):
            continue
        bits = _ACCUMULATORS[left.dtype]
        limit = max(1, (1 << bits) // (left.shape[1] << _LEFT_BITS))
        _fill(left, 1 << _LEFT_BITS, number)
        _fill(right, min(limit, 1 << 45), number + 1)
        operations.multiply_into(left, right, out)
        signs = np.where(make_values(right.shape[1] + number, -1.0, 1.0, np.float64)[number:] < 0.0, -1.0, 1.0)
        if is_wrong(left, right, out, signs) or is_wrong(left, right, out, np.ones_like(signs)):
            return f"{describe_product(left, right)}: the product is not exact"
    return None
