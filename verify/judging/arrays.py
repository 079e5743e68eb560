"""Finds where named arrays differ, element by element and bit by bit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Array = NDArray[np.generic]
    Arrays = Mapping[str, Array]

Kind = Literal["shape", "signed-zeros", "one-ulp", "few-ulps", "all-elements", "values"]
_FEW = 64
_TOP = {4: np.uint64(2**31), 8: np.uint64(2**63)}


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
        ulp: how many numbers of the format lie from one value to the other; None where that cannot be counted.
        largest: the largest such distance in the array.
    """

    tensor: str
    elements: int
    differing: int
    index: tuple[int, ...] | None
    a: float | int | str
    b: float | int | str
    ulp: int | None = None
    largest: int | None = None


def compare_arrays(a: Arrays, b: Arrays) -> list[ArrayDifference]:
    """Return one entry for each name under which the arrays do not have the same type, shape and bits."""
    return list(_compare_all(a, b))


def _compare_all(a: Arrays, b: Arrays) -> Iterator[ArrayDifference]:
    for name in sorted({*a, *b}):
        first, second = a.get(name), b.get(name)
        if first is None or second is None or (first.dtype, first.shape) != (second.dtype, second.shape):
            size = 0 if first is None else first.size
            sides = _describe(first), _describe(second)
            yield ArrayDifference(tensor=name, elements=size, differing=size, index=None, a=sides[0], b=sides[1])
        elif (found := _compare_bits(name, first, second)) is not None:
            yield found


def _compare_bits(name: str, a: Array, b: Array) -> ArrayDifference | None:
    flat = [np.ascontiguousarray(side).reshape(-1) for side in (a, b)]
    bits = [side.view(f"u{side.itemsize}") for side in flat]
    places = np.flatnonzero(bits[0] != bits[1])
    if not len(places):
        return None
    distances = _count_distances(flat[0][places], flat[1][places])
    return ArrayDifference(
        tensor=name,
        elements=a.size,
        differing=len(places),
        index=tuple(int(place) for place in np.unravel_index(int(places[0]), a.shape)),
        a=_to_value(flat[0][places[0]]),
        b=_to_value(flat[1][places[0]]),
        ulp=None if distances is None else int(distances[0]),
        largest=None if distances is None else int(distances.max()),
    )


def _count_distances(a: Array, b: Array) -> NDArray[np.uint64] | None:
    """Return how many numbers lie between each pair; None for whole numbers, and where one is not finite."""
    if a.dtype.kind != "f" or a.itemsize not in _TOP or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return None
    x, y = (_rank(side) for side in (a, b))
    return np.where(x > y, x - y, y - x)


def _rank(values: Array) -> NDArray[np.uint64]:
    """Return the rank of each finite number among the numbers of its format; both zeros have the same."""
    top = _TOP[values.itemsize]
    bits = values.view(f"u{values.itemsize}").astype(np.uint64)
    magnitude = bits & (top - np.uint64(1))
    return np.where(bits & top, top - magnitude, top + magnitude)


def _to_value(element: np.generic) -> float | int | str:
    value = element.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return int(value)


def _describe(array: Array | None) -> str:
    if array is None:
        return "no such tensor"
    return f"{array.dtype.name} of shape ({', '.join(map(str, array.shape))})"


def classify(differences: list[ArrayDifference]) -> Kind:
    """Return of what kind differences are: of the shape, of signs of zeros only, of one ulp, of many elements."""
    if any(row.index is None for row in differences):
        return "shape"
    largest = [row.largest for row in differences if row.largest is not None]
    if len(largest) == len(differences):
        for limit, kind in ((0, "signed-zeros"), (1, "one-ulp"), (_FEW, "few-ulps")):
            if max(largest) <= limit:
                return kind  # type: ignore[return-value]
    return "all-elements" if all(row.differing == row.elements for row in differences) else "values"
