"""Finds where named arrays differ, element by element and bit by bit."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import attrs
import numpy as np

from verify.judging import ulps
from verify.judging.kinds import classify_places, classify_values, join_kinds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from verify.judging.kinds import Kind

    Array = NDArray[np.generic]
    Arrays = Mapping[str, Array]

_WORDS = (1, 2, 4, 8)
_BLOCK = 2**20


@attrs.frozen(kw_only=True)
class ArrayDifference:
    """Where one array of a name differs from another.

    Args:
        tensor: the name.
        elements: how many there are on each side; where shape or type differ, of the first.
        differing: how many of them do not have the same bits.
        index: where the first of them is; None where shape or type differ.
        a: its value on one side, or what the array is there.
        b: its value on the other side.
        kind: the kind of the difference.
        ulp: how many numbers of the format lie from one value to the other; None where that cannot be counted.
        largest: the largest such distance in the array, of the elements for which it can be counted.
        a_bits: the bits of the value on one side, in hexadecimal.
        b_bits: the bits on the other side.
        histogram: how many elements have a distance in each range, as ("3-4", 17); "none" where it cannot be counted.
    """

    tensor: str
    elements: int
    differing: int
    index: tuple[int, ...] | None
    a: float | int | str
    b: float | int | str
    kind: Kind
    ulp: int | None = None
    largest: int | None = None
    a_bits: str | None = None
    b_bits: str | None = None
    histogram: tuple[tuple[str, int], ...] = ()


def compare_arrays(a: Arrays, b: Arrays) -> list[ArrayDifference]:
    """Return one entry for each name under which the arrays do not have the same type, shape and bits."""
    found = (compare_pair(name, a.get(name), b.get(name)) for name in sorted({*a, *b}))
    return [row for row in found if row is not None]


def compare_pair(name: str, a: Array | None, b: Array | None, *, layout: bool = False) -> ArrayDifference | None:
    """Return how one array differs from another of its name; None if they have the same type, shape and bits.

    Args:
        name: the name.
        a: one array; None if there is none.
        b: the other.
        layout: whether another order in memory is a difference, too.
    """
    kind = _compare_forms(a, b)
    if a is None or b is None or kind is not None:
        size = 0 if a is None else a.size
        sides = _describe(a), _describe(b)
        return ArrayDifference(
            tensor=name, elements=size, differing=size, index=None, a=sides[0], b=sides[1], kind=kind or "missing"
        )
    found = _compare_bits(name, a, b)
    if found is not None or not layout or name_order(a) == name_order(b):
        return found
    orders = name_order(a), name_order(b)
    return ArrayDifference(
        tensor=name, elements=a.size, differing=0, index=None, a=orders[0], b=orders[1], kind="memory-order"
    )


def _compare_forms(a: Array | None, b: Array | None) -> Kind | None:
    if a is None or b is None:
        return "missing"
    if a.dtype.newbyteorder("=") != b.dtype.newbyteorder("="):
        return "dtype"
    return "shape" if a.shape != b.shape else None


def name_order(array: Array) -> str:
    """Return the order of an array in memory: C, F or strided."""
    if array.flags.c_contiguous:
        return "C"
    return "F" if array.flags.f_contiguous else "strided"


def _make_native(array: Array) -> Array:
    """Return the elements in C order, one after the other, in the byte order of this machine."""
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    return np.ascontiguousarray(native).reshape(-1)


def _find_unequal(a: Array, b: Array) -> NDArray[np.intp]:
    """Return the places of elements that do not have the same bits, block by block."""
    width = a.dtype.itemsize
    found = [np.zeros(0, np.intp)]
    for start in range(0, a.size if width else 0, _BLOCK):
        x, y = (side[start : start + _BLOCK].view(np.uint8).reshape(-1, width) for side in (a, b))
        if width in _WORDS:
            x, y = x.view(f"u{width}"), y.view(f"u{width}")
        found.append(np.flatnonzero((x != y).any(axis=1)) + start)
    return np.concatenate(found)


def _compare_bits(name: str, a: Array, b: Array) -> ArrayDifference | None:
    flat = _make_native(a), _make_native(b)
    places = _find_unequal(*flat)
    if not len(places):
        return None
    x, y = (side[places] for side in flat)
    distances = _count_finite(x, y)
    first = _count_finite(x[:1], y[:1])
    histogram = ulps.Histogram()
    histogram.add(distances)
    rest = len(places) - len(distances)
    return ArrayDifference(
        tensor=name,
        elements=a.size,
        differing=len(places),
        index=tuple(int(place) for place in np.unravel_index(int(places[0]), a.shape)),
        a=_to_value(x[0]),
        b=_to_value(y[0]),
        kind=classify_values(x, y, distances) or classify_places(flat, a.shape, len(places)),
        ulp=int(first[0]) if len(first) else None,
        largest=int(distances.max()) if len(distances) else None,
        a_bits=_write_bits(x[:1]),
        b_bits=_write_bits(y[:1]),
        histogram=(*histogram.rows(), *([("none", rest)] if rest and ulps.has_ulps(a.dtype) else [])),
    )


def _count_finite(x: Array, y: Array) -> NDArray[np.uint64]:
    """Return the distances of the pairs for which they can be counted: of floats, both finite."""
    if not ulps.has_ulps(x.dtype):
        return np.zeros(0, np.uint64)
    finite = np.isfinite(x) & np.isfinite(y)
    return ulps.count_distances(x[finite], y[finite])


def _to_value(element: np.generic) -> float | int | str:
    value = element.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return int(value) if isinstance(value, int) else str(value)


def _write_bits(element: Array) -> str:
    """Return the bits of one element in hexadecimal, the highest first."""
    data = element.tobytes()
    return f"0x{int.from_bytes(data, sys.byteorder):0{2 * len(data)}x}"


def _describe(array: Array | None) -> str:
    if array is None:
        return "no such tensor"
    return f"{array.dtype.name} of shape ({', '.join(map(str, array.shape))})"


def classify(differences: Sequence[ArrayDifference]) -> Kind:
    """Return of what kind differences are as a whole."""
    return join_kinds({row.kind for row in differences})
