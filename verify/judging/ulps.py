"""Distances of floating-point numbers: how many numbers of the format lie from one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_WIDTHS = (2, 4, 8)
_POWERS = np.array([1 << bit for bit in range(64)], np.uint64)


def has_ulps(dtype: np.dtype[np.generic]) -> bool:
    """Tell whether distances can be counted in this type."""
    return dtype.kind == "f" and dtype.itemsize in _WIDTHS


def rank_numbers(values: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Return the rank of each number among the numbers of its format; both zeros have the same."""
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    width = native.dtype.itemsize
    top = np.uint64(1 << (8 * width - 1))
    bits = native.view(f"u{width}").astype(np.uint64)
    magnitude = bits & (top - np.uint64(1))
    return np.where(bits & top, top - magnitude, top + magnitude)


def count_distances(a: NDArray[np.generic], b: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Return the distance of each pair of numbers of the same type, none of them NaN."""
    x, y = rank_numbers(a), rank_numbers(b)
    return np.where(x > y, x - y, y - x)


def measure_ulp(x: NDArray[np.generic], y: NDArray[np.generic]) -> int | None:
    """Return the distance of two numbers, each an array of one; None for NaN and for other types."""
    if not has_ulps(x.dtype) or bool(np.isnan(x).any()) or bool(np.isnan(y).any()):
        return None
    return int(count_distances(x, y)[0])


class Histogram:
    """How many distances there are of 0, 1, 2, up to 4, up to 8 and so on."""

    def __init__(self) -> None:
        self._counts = np.zeros(len(_POWERS) + 2, np.int64)

    def add(self, distances: NDArray[np.uint64]) -> None:
        """Count distances."""
        place = np.searchsorted(_POWERS, distances) + (distances > 0)
        self._counts += np.bincount(place, minlength=len(self._counts))

    def rows(self) -> Iterator[tuple[str, int]]:
        """Yield each range that is not empty, as text such as "3-4", with its count."""
        for place, count in enumerate(self._counts.tolist()):
            if count:
                yield _name_range(place), count


def _name_range(place: int) -> str:
    if place <= 2:  # noqa: PLR2004 - 0, 1 and 2 stand alone
        return str(place)
    return f"{(1 << (place - 2)) + 1}-{1 << (place - 1)}"
