"""Matrix products in which nothing is rounded, so that no order, blocking or kernel can show.

Part of bits 2. Both operands lie on power-of-two grids coarse enough for every partial sum of an inner chunk to be
exact (see `formats`). BLAS then has no freedom left: any library, thread count, instruction set and
memory layout gives the same bits. Results of several chunks are added in the order of the chunks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.formats import find_kind, format_of
from appliance.numerics.grids import (
    find_exponent,
    find_magnitude,
    find_units,
    round_rows,
    round_to_grid,
)
from appliance.numerics.plans import NOW
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


def multiply_exact(
    left: Floats,
    right: Floats,
    pieces: Iterable[tuple[int, int]],
    out: Floats,
    spare: Floats | None = None,
    do: Do = NOW,
) -> Floats:
    """Multiply operands that are already on their grids.

    Args:
        left: shape (m, k), any strides.
        right: shape (k, n), any strides.
        pieces: bounds that cut range(k); inside each every partial sum must be exact.
        out: receives the product, shape (m, n).
        spare: scratch of out's shape; needed for more than one piece, made if absent.
        do: makes the calls, or lists them.

    Returns:
        out: the pieces' exact products, added in the order given. The sign of a zero is the host's.
    """
    for start, stop in pieces:
        operands = left[:, start:stop], right[start:stop]
        if stop - start == 1:
            operands = _add_zero_term(*operands, do)
        if not start:
            do("matmul", *operands, out)
        else:
            spare = np.empty_like(out) if spare is None else spare
            do("matmul", *operands, spare)
            do("add", out, spare, out)
    return out


def stack_pieces(x: Floats, count: int, size: int) -> Floats:
    """Return a view (count, size, n) of the first rows of x (r, n), of any strides."""
    rows, columns = x.strides
    return np.lib.stride_tricks.as_strided(x, (count, size, x.shape[1]), (size * rows, rows, columns), writeable=False)


def _add_zero_term(left: Floats, right: Floats, do: Do) -> tuple[Floats, Floats]:
    """Return operands (m, 2) and (2, n) of the same product as (m, 1) and (1, n).

    NumPy's `matmul` leaves products over a single term to a loop of its own, up to ten times as slow as BLAS over two.
    """
    wider, higher = np.zeros((2, len(left)), dtype=left.dtype), np.zeros((2, right.shape[1]), dtype=right.dtype)
    do("copyto", wider[:1], left.T)
    do("copyto", higher[:1], right)
    return wider.T, higher


def matmul(a: Floats, b: Floats, do: Do = NOW) -> Floats:
    """Return a portable product of two finite matrices, float32 or float64.

    Args:
        a: shape (m, k), any strides; rounded row by row to the format's activation bits.
        b: shape (k, n), same dtype; rounded on one grid for the whole matrix.
        do: carries out the product of the rounded operands; a self-test passes a broken one.

    Returns:
        Shape (m, n), same dtype, the same bits on every machine and for every layout of a and b. A row
        depends on b and its own row of a only. With u and v the units of the two grids the error is at
        most `k * (u * max|b| + v * max|a_row| + u * v) / 2` plus one rounding per chunk after the first.

    Raises:
        UsageError: dtypes differ or are not floating, or the shapes do not fit.
        NonFiniteError: a NaN, an infinity, or a magnitude beyond the format's cap.

    >>> import numpy as np
    >>> matmul(np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])).tolist()
    [[11.0]]
    """
    fmt = format_of(a)
    if a.dtype != b.dtype or a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0]:  # noqa: PLR2004
        raise UsageError(
            "these operands have no product", expected="(m, k) and (k, n) of one dtype", found=f"{a.shape}, {b.shape}"
        )
    kind = find_kind(fmt, accurate=False)
    right = round_to_grid(b, find_exponent(find_magnitude(b), kind.find_limit(a.shape[1], kind.left_bits), fmt), fmt)
    find_exponent(find_magnitude(a), 1, fmt)
    rows = np.maximum.reduce(np.abs(a), axis=1, keepdims=True, initial=0.0)
    units = find_units(rows, kind.left_bits, fmt)
    left = round_rows(a, units, np.empty(a.shape, dtype=fmt.dtype), fmt)
    product = np.empty((a.shape[0], b.shape[1]), dtype=fmt.dtype)
    multiply_exact(left, right, kind.split(a.shape[1]), product, do=do)
    np.multiply(product, units, out=product)
    return np.add(product, fmt.dtype(0.0), out=product)
