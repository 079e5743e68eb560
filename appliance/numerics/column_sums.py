"""Sums of columns that no order shows: float64 addends are rounded to a grid of each column.

Part of bits 2. Workers that have a part of the rows each exchange two things: the largest magnitude of every column,
and exact sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.numerics.exchange import choose_type, join_maxima, join_sums
from appliance.numerics.formats import F64, count_bits
from appliance.numerics.grids import round_by_constant
from appliance.numerics.plans import NOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.exchange import Exchange
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


class Whole(NamedTuple):
    """The rows of which x has a part: the workers that have the other parts, and the number of all rows."""

    exchange: Exchange
    rows: int


def sum_columns(x: Floats, out: Floats, spare: Floats, do: Do = NOW, whole: Whole | None = None) -> Floats:
    """Write the sums of x (k, ...) over its first axis into out; return out.

    The addends of a column with the largest magnitude m are rounded to its unit for `min(53 - ceil(log2 k), 51)` bits,
    `2**(floor(log2 m) + 1 - bits)`, m at least 2**-400; the sum is then exact.

    Args:
        x: float64, any strides.
        out: receives the sums, of the shape of x without its first axis.
        spare: receives the rounded addends; of x's shape, and another array.
        do: carries out the operations, or lists them.
        whole: the rows that x is a part of; None where x has all.
    """
    bits = min(F64.significand - count_bits(len(x) if whole is None else whole.rows), F64.significand - 2)
    constants, pattern = np.empty(x.shape[1:]), F64.bit_type
    patterns = constants.view(pattern)
    do("abs", x, spare)
    do("maximum.reduce", spare.view(pattern), 0, None, patterns, False, F64.smallest_pattern)  # noqa: FBT003
    if whole is not None:
        join_maxima([constants], whole.exchange, do)
    do("bitwise_and", patterns, F64.exponent_mask, patterns)
    do("multiply", constants, 1.5 * 2.0 ** (F64.significand - bits), constants)
    round_by_constant(x, constants, spare, do)
    do("add.reduce", spare, 0, None, out)
    if whole is not None:
        workers, units = whole.exchange.count, np.empty_like(constants)
        do("divide", constants, 1.5 * 2.0 ** (F64.significand - 1), units)
        kind = choose_type(-(-whole.rows // workers) << bits, workers)
        join_sums([out], [units], kind, whole.exchange, do)
    return out


def average_columns(x: Floats, out: Floats, spare: Floats, do: Do = NOW, whole: Whole | None = None) -> Floats:
    """Write the means of x (k, ...) over its first axis, `sum_columns` divided by the rows, into out; return out."""
    sum_columns(x, out, spare, do, whole)
    do("divide", out, float(len(x) if whole is None else whole.rows), out)
    return out
