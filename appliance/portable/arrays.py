"""What the functions of the library accept: lists and arrays as float32 or float64, axes as in NumPy."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, SupportsIndex

import attrs
import numpy as np

from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.floating[Any]]

# A block of so many numbers stays in a processor's cache.
_BLOCK = 1 << 15

Axis = SupportsIndex | tuple[SupportsIndex, ...] | list[SupportsIndex] | None


def to_array(values: ArrayLike) -> NDArray[Any]:
    """Return lists and arrays as a plain array.

    Raises:
        UsageError: rows differ in length, or entries are masked.
    """
    if np.ma.is_masked(values):
        raise UsageError(
            "masked entries have no value",
            expected="an array without a mask",
            found="a masked one",
            remedy="values.compressed() has the others, values.filled(...) puts a number in their place",
        )
    try:
        return np.asarray(values)
    except ValueError as error:
        raise UsageError("these values are no array", expected="rows of one length", found=error) from error


def to_floats(values: ArrayLike) -> Floats:
    """Return values as an array of float32 or float64: numbers of Python and integers become float64.

    Raises:
        UsageError: the values are no array of real numbers, or of a longer format than float64.
    """
    array = to_array(values)
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
        whole: shape of the array, its axes in the order of `values`.
        order: which axis of `values` each axis of the array is.
    """

    values: Floats
    shape: tuple[int, ...]
    kept_shape: tuple[int, ...]
    whole: tuple[int, ...]
    order: tuple[int, ...]

    def finish(self, result: NDArray[Any], *, keepdims: bool) -> Any:  # noqa: ANN401 - as NumPy, an array or a scalar
        """Return a result (outer, inner) in the shape that the caller asked for; without axes a scalar."""
        return result.reshape(self.kept_shape if keepdims else self.shape)[()]

    def put_back(self, result: NDArray[Any]) -> NDArray[Any]:
        """Return a result (outer, n, inner) in the shape of the array."""
        return result.reshape(self.whole).transpose(self.order)


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
        values, order = x.reshape(outer, length, inner), tuple(range(x.ndim))
        return Lines(values=values, shape=shape, kept_shape=kept, whole=x.shape, order=order)
    moved = x.transpose(*others, *axes)
    order = tuple([*others, *axes].index(place) for place in range(x.ndim))
    values = moved.reshape(math.prod(shape), length, 1)
    return Lines(values=values, shape=shape, kept_shape=kept, whole=moved.shape, order=order)


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
    asked = range(ndim) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    numbers = [to_integer(place, "this is no axis") for place in asked]
    if any(not -ndim <= place < ndim for place in numbers):
        expected = f"from {-ndim} to {ndim - 1}" if ndim else "none, for a single number"
        raise UsageError("the array has no such axis", expected=expected, found=str(axis))
    places = sorted(place % ndim for place in numbers)
    if len(set(places)) < len(places):
        raise UsageError("an axis is named twice", found=str(axis))
    return places


def name_axis(ndim: int, axis: SupportsIndex | None) -> int | None:
    """Return one axis, counted from the first one, or None.

    Raises:
        UsageError: it is no axis of the array, or more than one.
    """
    return None if axis is None else list_axes(ndim, (axis,))[0]


def to_integer(value: SupportsIndex, title: str, expected: str = "an integer") -> int:
    """Return an integer of Python or NumPy as one of Python.

    Raises:
        UsageError: it is none; the title says of what.
    """
    try:
        return operator.index(value)
    except TypeError as error:
        raise UsageError(title, expected=expected, found=repr(value)) from error


def narrow(result: Floats, dtype: np.dtype[Any], what: str) -> Floats:
    """Return a result in another format; errors as of `refuse_overflow`."""
    with np.errstate(over="ignore"):
        return refuse_overflow(result.astype(dtype, copy=False), what)


def refuse_overflow(result: Floats, what: str) -> Floats:
    """Return a result if it is finite.

    Raises:
        NonFiniteError: an entry is too large for its format.
    """
    if not bool(np.logical_and.reduce(np.isfinite(result), axis=None)):
        raise NonFiniteError(f"{what} is out of range", expected=f"a finite {result.dtype}", found="a larger one")
    return result
