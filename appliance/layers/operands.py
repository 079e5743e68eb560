"""Signals as rows, and plain values as whole numbers of each row's unit, ready for an exact product.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.layers.layer import Signal
from appliance.numerics.grids import find_row_units, round_rows

if TYPE_CHECKING:
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Kind
    from appliance.numerics.plans import Do


class Operand(NamedTuple):
    """The left operand of a product: whole numbers (r, k) with units of shape () or (r, 1)."""

    values: Floats
    units: Floats


def make_plain(x: Signal, do: Do) -> Floats:
    """Return the values of a signal, in place where they have units."""
    if x.units is not None:
        do("multiply", x.values, x.units, x.values)
    return x.values


def view_rows(values: Floats, width: int, do: Do) -> Floats:
    """Return values (m, ...) as rows (r, width) in C order, in the same memory where possible, else copied by `do`."""
    rows = values.reshape(-1, width)
    if rows.size and not np.shares_memory(rows, values):
        rows = np.empty(rows.shape, dtype=values.dtype)
        do("copyto", rows.reshape(values.shape), values)
    return rows


def flatten(x: Signal, width: int, do: Do) -> Signal:
    """Return a signal as rows (r, width), with units of shape () or (r, 1) if it has any."""
    if x.values.shape[1:] == (width,):
        return x
    count = x.values.size // width
    if x.units is not None and x.units.ndim and x.units.size != count:
        x = Signal(make_plain(x, do))
    rows = view_rows(x.values, width, do)
    units = x.units if x.units is None or not x.units.ndim else x.units.reshape(count, 1)
    return Signal(rows, units, x.nonnegative)


def round_operand(x: Signal, bits: int, kind: Kind, do: Do, spare: Floats | None = None) -> Operand:
    """Return plain rows x (r, k) as whole numbers of at most 2**bits, each row in its own unit, in new arrays.

    Args:
        x: plain values.
        bits: the size of the whole numbers.
        kind: of the product; operands are in its format.
        do: carries out the operations, or lists them.
        spare: scratch (r, k) of that format; not needed for values that are not negative.
    """
    source, dtype = x.values, kind.fmt.dtype
    values, units = np.empty_like(source, dtype=dtype), np.empty((len(source), 1), dtype=dtype)
    if source.dtype != dtype:
        do("copyto", values, source)
        source = values
    magnitudes = source
    if not x.nonnegative:
        magnitudes = values if source is not values else np.empty_like(values) if spare is None else spare
        do("abs", source, magnitudes)
    find_row_units(magnitudes, bits, kind.fmt, units, do)
    round_rows(source, units, values, kind.fmt, do)
    return Operand(values, units)
