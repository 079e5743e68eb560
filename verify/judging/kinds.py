"""The kinds of difference that arrays of one type can have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from verify.judging import ulps

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.generic]

Kind = Literal[
    "missing",
    "dtype",
    "shape",
    "signed-zeros",
    "nan-payloads",
    "one-ulp",
    "few-ulps",
    "sign-flips",
    "rows-permuted",
    "permuted",
    "all-elements",
    "values",
    "memory-order",
]
_LIMITS: tuple[tuple[int, Kind], ...] = ((0, "signed-zeros"), (1, "one-ulp"), (64, "few-ulps"))
_WORDS = (1, 2, 4, 8)
_SORTABLE = 2**26
"""Elements up to which it is asked whether two arrays hold the same values in another order."""
_MOST_ROWS = 2**20


def classify_values(x: Array, y: Array, distances: NDArray[np.uint64]) -> Kind | None:
    """Return the kind that shows in the unequal pairs of floats alone, if one does."""
    if not ulps.has_ulps(x.dtype):
        return None
    if len(distances) == len(x):
        largest = int(distances.max())
        for limit, kind in _LIMITS:
            if largest <= limit:
                return kind
    if (np.isnan(x) & np.isnan(y)).all():
        return "nan-payloads"
    width = x.dtype.itemsize
    changed = x.view(f"u{width}") ^ y.view(f"u{width}")
    return "sign-flips" if (changed == 1 << (8 * width - 1)).all() else None


def classify_places(flat: tuple[Array, Array], shape: tuple[int, ...], differing: int) -> Kind:
    """Return the kind that shows in whole arrays: the same values in another order, all elements, or some."""
    size = flat[0].size
    if differing > 1 and size <= _SORTABLE and flat[0].dtype.itemsize in _WORDS:
        bits = [side.view(f"u{side.dtype.itemsize}") for side in flat]
        if np.array_equal(np.sort(bits[0], kind="stable"), np.sort(bits[1], kind="stable")):
            return "rows-permuted" if _has_equal_rows(bits, shape) else "permuted"
    return "all-elements" if differing == size else "values"


def _has_equal_rows(bits: Sequence[Array], shape: tuple[int, ...]) -> bool:
    """Tell whether two arrays have the same rows in another order."""
    if len(shape) < 2 or shape[0] > _MOST_ROWS:  # noqa: PLR2004 - a table has two dimensions
        return False
    rows = [sorted(row.tobytes() for row in side.reshape(shape[0], -1)) for side in bits]
    return rows[0] == rows[1]


def join_kinds(kinds: Collection[Kind]) -> Kind:
    """Return the kind of several differences as a whole: that of all of them, or else "values"."""
    forms: tuple[Kind, ...] = ("missing", "dtype", "shape")
    for kind in forms:
        if kind in kinds:
            return kind
    within = [kind for _, kind in _LIMITS]
    if len(kinds) > 1 and not {*kinds} <= {*within}:
        return "values"
    return max(kinds, key=lambda kind: within.index(kind) if kind in within else 0)
