"""Products of stacks of matrices, rounded for it: units of rows on the left, of columns on the right.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.numerics.grids import reduce_to_units
from appliance.numerics.plans import NOW

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from appliance.numerics.formats import Kind
    from appliance.numerics.piecewise import Scratch
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


def multiply_stacks(
    left: Floats,
    right: Floats,
    out: Floats,
    kind: Kind,
    scratch: Scratch,
    do: Do = NOW,
    factor: float = 1.0,
    *,
    by_rows: bool = False,
) -> Floats:
    """Write the products of matrices, times a factor, into out; return out.

    Every row of the left matrices and every column of the right ones becomes whole numbers of its own unit. Products
    of whole numbers are exact within a piece of the inner dimension; they are multiplied by `unit of the row * factor`,
    which rounds if the factor is not a power of two, then by the unit of the column, which is exact.

    Args:
        left: (b, m, k), in the format of the kind; m, k and n are at least 1.
        right: (b, k, n), likewise; a matrix depends on the two that it is the product of, and on no other.
        out: (b, m, n); receives the products.
        kind: of the products.
        scratch: for rounded operands.
        do: carries out the operations, or lists them.
        factor: of all products.
        by_rows: the rows of the right matrices get units instead of their columns; the left matrices are multiplied by
            them, which is exact, before they are rounded. Then a row of the product depends on nothing but the rows
            on the right for which the row on the left is not zero.
    """
    length = left.shape[2]
    bits = kind.find_limit(length, kind.left_bits).bit_length() - 1
    b, columns = _round(right, 2 if by_rows else 1, bits, kind, "right", scratch, do)
    if by_rows:
        scaled = scratch.take("scaled", left.shape)
        do("multiply", left, columns.swapaxes(1, 2), scaled)
        left = scaled
    a, rows = _round(left, 2, kind.left_bits, kind, "left", scratch, do)
    spare = scratch.take("piece", out.shape) if length > kind.piece else out
    for number, (start, stop) in enumerate(kind.split(length)):
        do("matmul", a[:, :, start:stop], b[:, start:stop], spare if number else out)
        if number:
            do("add", out, spare, out)
    if factor != 1.0:
        do("multiply", rows, factor, rows)
    do("multiply", out, rows, out)
    if not by_rows:
        do("multiply", out, columns, out)
    return out


def _round(x: Floats, axis: int, bits: int, kind: Kind, name: str, scratch: Scratch, do: Do) -> tuple[Floats, Floats]:
    """Return x (b, m, n) as whole numbers of units that are shared along an axis, and the units."""
    swapped = x.strides[2] > x.strides[1]
    values = _take(name, x.shape, scratch, swapped=swapped)
    shape = (x.shape[0], 1, x.shape[2]) if axis == 1 else (x.shape[0], x.shape[1], 1)
    units, inverse = scratch.take(f"{name} units", shape), scratch.take(f"{name} inverse", shape)
    whole = kind.fmt.bit_type
    do("abs", x, values)
    do("maximum.reduce", values.view(whole), axis, None, units.view(whole), True, kind.fmt.smallest_pattern)  # noqa: FBT003
    reduce_to_units(units, bits, kind.fmt, do)
    do("subtract", kind.fmt.unit_pattern, units.view(whole), inverse.view(whole))
    do("multiply", x, inverse, values)
    do("rint", values, values)
    return values, units


def _take(name: str, shape: tuple[int, ...], scratch: Scratch, *, swapped: bool) -> Floats:
    """Return scratch (b, m, n); swapped, its last two axes lie in memory the other way round."""
    if not swapped:
        return scratch.take(name, shape)
    return scratch.take(name, (shape[0], shape[2], shape[1])).swapaxes(1, 2)
