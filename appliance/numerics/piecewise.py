"""Functions by Taylor series around the nearest row of a table.

Part of bits 2. Large arrays are worked on in blocks that fit into a processor's cache.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.plans import NOW
from appliance.numerics.tables import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from appliance.numerics.plans import Do
    from appliance.numerics.tables import Table

    Floats = NDArray[np.floating[Any]]

_BLOCK = 1 << 14


def list_blocks(*arrays: Floats) -> Iterator[tuple[Floats, ...]]:
    """Yield views that cut arrays of one shape into the same blocks, which together cover every entry once.

    Arrays without gaps and of one memory layout are cut in memory order, others along their first axis.
    """
    flat = tuple(array.ravel(order="K") for array in arrays)
    same = all(array.strides == arrays[0].strides for array in arrays)
    if not same or not all(np.may_share_memory(*pair) for pair in zip(arrays, flat, strict=True)):
        flat = tuple(array.reshape(1) if not array.ndim else array for array in arrays)
    length = _BLOCK // max(1, math.prod(flat[0].shape[1:])) or 1
    for start in range(0, len(flat[0]), length):
        yield tuple(array[start : start + length] for array in flat)


class Scratch:
    """Scratch arrays for one block, used again for every other one."""

    def __init__(self, dtype: type[np.floating[Any]] | np.dtype[Any]) -> None:
        self._dtype = np.dtype(dtype)
        self._kept: dict[str, NDArray[Any]] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: type[Any] | None = None) -> NDArray[Any]:
        """Return an array of that shape with arbitrary contents, valid until the name is requested again."""
        size = math.prod(shape)
        kept = self._kept.get(name)
        if kept is None or kept.size < size:
            kept = self._kept[name] = np.empty(size, dtype or self._dtype)
        return kept[:size].reshape(shape)


def evaluate_table(x: Floats, table: Table, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write a table's function of x (any shape, the table's dtype) into out, which may be x; return out.

    NaN stays NaN, with NumPy's warning of an invalid value.
    """
    out = np.empty_like(x) if out is None else out
    scratch = Scratch(x.dtype)
    for one, target in list_blocks(x, out):
        evaluate_block(one, table, target, scratch, do)
    return out


def evaluate_block(x: Floats, table: Table, out: Floats, scratch: Scratch, do: Do) -> None:
    """Do the work of `evaluate_table` for one block."""
    number = x.dtype.type
    rest, places = scratch.take("rest", x.shape), scratch.take("places", x.shape)
    numbers = scratch.take("numbers", x.shape, np.intp)
    rows = scratch.take("rows", (*x.shape, table.rows.shape[1]))
    do("maximum", x, table.lowest, out=rest)
    do("minimum", rest, table.highest, out=rest)
    do("multiply", rest, number(STEPS), places)
    do("rint", places, places)
    do("copyto", numbers, places, "unsafe")
    do("add", numbers, table.offset, numbers)
    do("take", table.rows, numbers, 0, rows, "clip")
    do("multiply", places, number(1.0 / STEPS), places)
    do("subtract", rest, places, rest)
    evaluate_rows(rest, rows, out, do)


def evaluate_rows(rest: Floats, rows: Floats, out: Floats, do: Do = NOW) -> None:
    """Write the series `rows` (*shape, terms), constant term first, at `rest` into out by Horner's rule."""
    do("multiply", rows[..., -1], rest, out)
    for k in range(rows.shape[-1] - 2, 0, -1):
        do("add", out, rows[..., k], out)
        do("multiply", out, rest, out)
    do("add", out, rows[..., 0], out)
