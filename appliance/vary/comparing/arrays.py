"""Compares the elements of two arrays in streams, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import attrs
import numpy as np

from verify.judging.ulps import measure_ulp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from verify.files.arrays import Header

_BLOCK = 2**18  # elements that are compared at a time


@attrs.frozen(kw_only=True)
class Gap:
    """The first element in which two arrays differ.

    Args:
        index: its place.
        a: its value in the first array.
        b: its value in the second.
        ulp: how many representable numbers apart they are; None where that has no meaning.
        count: how many elements differ.
        size: how many there are.
    """

    index: tuple[int, ...]
    a: str
    b: str
    ulp: int | None
    count: int
    size: int


def compare_elements(a: BinaryIO, b: BinaryIO, header: Header) -> Gap | None:
    """Compare two streams of elements of the same type and shape, block by block; None if all have the same bits."""
    size, count, first = header.dtype.itemsize, 0, None
    for start in range(0, header.size, _BLOCK):
        length = min(_BLOCK, header.size - start) * size
        left, right = (np.frombuffer(stream.read(length).ljust(length, b"\0"), np.uint8) for stream in (a, b))
        unequal = np.flatnonzero((left != right).reshape(-1, size).any(axis=1))
        count += unequal.size
        if first is None and unequal.size:
            place = int(unequal[0])
            cut = slice(place * size, (place + 1) * size)
            first = start + place, left[cut].tobytes(), right[cut].tobytes()
    if first is None:
        return None
    x, y = (np.frombuffer(data, header.dtype) for data in first[1:])
    index = np.unravel_index(first[0], header.shape, order="F" if header.order == "F" else "C")
    return Gap(
        index=tuple(map(int, index)), a=_write(x), b=_write(y), ulp=measure_ulp(x, y), count=count, size=header.size
    )


def _write(x: NDArray[np.generic]) -> str:
    """Return an element in words; NaN with its bits, because only they tell two of them apart."""
    if x.dtype.kind != "f":
        return repr(x.tolist()[0])
    if not bool(np.isnan(x).any()) or x.dtype.itemsize not in {2, 4, 8}:
        return str(x[0])
    bits = int(x.view(x.dtype.str.replace("f", "u"))[0])
    return f"{x[0]} (0x{bits:0{2 * x.dtype.itemsize}x})"
