"""What the functions of the library accept: lists and arrays as float32 or float64, axes as in NumPy."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating[Any]]

# A block of so many numbers stays in a processor's cache.
_BLOCK = 1 << 15

Axis = int | tuple[int, ...] | None


def to_floats(values: ArrayLike) -> Floats:
    """Return values as an array of float32 or float64: numbers of Python and integers become float64.

    Raises:
        UsageError: the values are no real numbers, or of a longer format than float64.
    """
    array = np.asarray(values)
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind != "f" or array.dtype.itemsize > 8:  # noqa: PLR2004 - bytes of float64
        raise UsageError("these values have no portable arithmetic", expected="real numbers", found=str(array.dtype))
    return np.asarray(array, dtype=np.float64 if array.dtype.itemsize == 8 else np.float32)  # noqa: PLR2004


def to_same_floats(first: ArrayLike, second: ArrayLike) -> tuple[Floats, Floats]:
    """Return both operands as arrays of one type: float32 if both are, else float64."""
    a, b = to_floats(first), to_floats(second)
    if a.dtype != b.dtype:
        a, b = a.astype(np.float64), b.astype(np.float64)
    return a, b


@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """An array cut into the lines that a reduction runs along.

    Attributes:
        values: shape (outer, n, inner); the reduction runs along the axis in the middle.
        shape: of the result.
        kept_shape: of the result if the reduced axes are kept with length 1.
    """

    values: Floats
    shape: tuple[int, ...]
    kept_shape: tuple[int, ...]

    def finish(self, result: NDArray[Any], *, keepdims: bool) -> Any:  # noqa: ANN401 - as NumPy, an array or a scalar
        """Return a result (outer, inner) in the shape that the caller asked for; without axes a scalar."""
        return result.reshape(self.kept_shape if keepdims else self.shape)[()]


def cut_lines(x: Floats, axis: Axis) -> Lines:
    """Arrange an array for a reduction along one axis, several, or all of them (None).

    Raises:
        UsageError: an axis does not exist or occurs twice.
    """
    axes = list_axes(x.ndim, axis)
    length = math.prod(x.shape[place] for place in axes)
    others = [place for place in range(x.ndim) if place not in axes]
    shape = tuple(x.shape[place] for place in others)
    kept = tuple(1 if place in axes else size for place, size in enumerate(x.shape))
    if not axes or axes == list(range(axes[0], axes[-1] + 1)):
        before = others if not axes else [place for place in others if place < axes[0]]
        outer = math.prod(x.shape[place] for place in before)
        inner = math.prod(x.shape[place] for place in others if place not in before)
        return Lines(values=x.reshape(outer, length, inner), shape=shape, kept_shape=kept)
    values = x.transpose(*others, *axes).reshape(math.prod(shape), length, 1)
    return Lines(values=values, shape=shape, kept_shape=kept)


def map_lines(function: Callable[[Floats], Floats], x: Floats, out: Floats) -> Floats:
    """Write a function of each line of x (outer, n, inner) into out (outer, m, inner), a block of lines at a time.

    The function takes and gives lines without gaps, (k, n, 1) and (k, m, 1), which it may not change. Blocks fit into a
    processor's cache where lines are short.
    """
    outer, length, inner = x.shape
    across = max(1, min(inner, _BLOCK // max(length, 1)))
    rows = max(1, _BLOCK // max(1, length * across))
    for a in range(0, outer, rows):
        for b in range(0, inner, across):
            place = slice(a, a + rows), slice(None), slice(b, b + across)
            block = x[place].transpose(0, 2, 1)
            found = function(block.reshape(block.shape[0] * block.shape[1], length, 1))
            out[place] = found.reshape(*block.shape[:2], out.shape[1]).transpose(0, 2, 1)
    return out


def list_axes(ndim: int, axis: Axis) -> list[int]:
    """Return the axes in ascending order, counted from the first one."""
    asked = range(ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    if any(not -ndim <= place < ndim for place in asked):
        raise UsageError("the array has no such axis", expected=f"from {-ndim} to {ndim - 1}", found=str(axis))
    places = sorted(place % ndim for place in asked)
    if len(set(places)) < len(places):
        raise UsageError("an axis is named twice", found=str(axis))
    return places


def refuse_overflow(result: Floats, what: str) -> Floats:
    """Return a result if it is finite.

    Raises:
        NonFiniteError: an entry is too large for its format.
    """
    if not bool(np.logical_and.reduce(np.isfinite(result), axis=None)):
        raise NonFiniteError(f"{what} is out of range", expected=f"a finite {result.dtype}", found="a larger one")
    return result
