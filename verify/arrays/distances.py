"""How far apart the bits of two arrays of one type are: counts, ulp, signs of zeros, payloads of NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.judging.ulps import count_distances, has_ulps

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


@attrs.frozen(kw_only=True)
class Gap:
    """Where two arrays of one type and shape differ.

    Args:
        index: the first element that does.
        place: its number in C order.
        count: how many elements do.
        size: how many there are.
        ulp: how many numbers of the format lie between the first two that differ; None where that has no meaning.
        largest: the largest such distance.
        zeros: how many of the elements differ in the sign of a zero only.
        nans: how many are NaN on both sides, with other bits.
    """

    index: tuple[int, ...]
    place: int
    count: int
    size: int
    ulp: int | None
    largest: int | None
    zeros: int
    nans: int


def find_gap(a: Array, b: Array) -> Gap | None:
    """Return where two little-endian arrays of one type and shape differ; None where all bits are equal."""
    flat = [side.reshape(-1) for side in (a, b)]
    places = np.flatnonzero(_find_unequal(*flat))
    if not len(places):
        return None
    x, y = (_split(side[places]) for side in flat)
    zeros = nans = 0
    ulp = largest = None
    if x.dtype.kind == "f":
        zeros = int(_count_wholly((x == 0) & (y == 0) | _same(x, y), len(places)))
        nans = int(_count_wholly(np.isnan(x) & np.isnan(y) | _same(x, y), len(places)))
        finite = np.isfinite(x) & np.isfinite(y)
        if has_ulps(x.dtype) and finite.any():
            distances = count_distances(x, y).reshape(len(places), -1).max(axis=1)
            usable = np.asarray(finite.reshape(len(places), -1).all(axis=1))
            ulp = int(distances[0]) if usable[0] else None
            largest = int(distances[usable].max()) if usable.any() else None
    return Gap(
        index=tuple(int(one) for one in np.unravel_index(int(places[0]), a.shape)),
        place=int(places[0]),
        count=len(places),
        size=a.size,
        ulp=ulp,
        largest=largest,
        zeros=zeros,
        nans=nans,
    )


def _find_unequal(a: Array, b: Array) -> NDArray[np.bool_]:
    width = a.dtype.itemsize
    if not width:
        return np.zeros(a.shape, dtype=np.bool_)
    words = [np.ascontiguousarray(side).view("|u1").reshape(-1, width) for side in (a, b)]
    return np.asarray((words[0] != words[1]).any(axis=1))


def _split(array: Array) -> Array:
    """Return complex numbers as pairs of real ones, and other arrays as they are."""
    return array.view(f"<f{array.dtype.itemsize // 2}") if array.dtype.kind == "c" else array


def _same(x: Array, y: Array) -> NDArray[np.bool_]:
    return ~_find_unequal(x, y)


def _count_wholly(found: NDArray[np.bool_], elements: int) -> int:
    """Count the elements of which all parts are so."""
    return int(np.count_nonzero(found.reshape(elements, -1).all(axis=1)))


def accepts(expected: Array, found: Array, *, ulp: int | None, rtol: float | None) -> bool:
    """Tell whether every number is as close as each given tolerance demands; NaN is close to NaN only.

    Args:
        expected: numbers of the golden; floats or complex ones, whose parts are compared one by one.
        found: numbers of the same type and shape.
        ulp: how many numbers of the format may lie between.
        rtol: the largest difference, as a part of the expected number.
    """
    if not has_ulps(_split(expected.reshape(-1)[:0]).dtype):
        return find_gap(expected, found) is None
    x, y = (_split(side.reshape(-1)) for side in (expected, found))
    with np.errstate(all="ignore"):
        finite = np.isfinite(x) & np.isfinite(y)
        close = finite.copy()
        if ulp is not None:
            close &= count_distances(x, y) <= np.uint64(ulp)
        if rtol is not None:
            wide = [side.astype("<f8") for side in (x, y)]
            close &= np.abs(wide[0] - wide[1]) <= rtol * np.abs(wide[0])
        return bool((close | ~finite & ((x == y) | np.isnan(x) & np.isnan(y))).all())
