"""Extremes with their places, stable sorts: what depends on comparisons only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex

import numpy as np

from appliance.portable.arrays import Axis, cut_lines, name_axis, to_array
from verify.errors import NonFiniteError, UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from appliance.portable.arrays import Lines


def max(values: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Any:  # noqa: A001, ANN401 - as NumPy's
    """Return the largest entry of all or along axes, in the values' own type; never -0.

    Raises:
        NonFiniteError: an entry is NaN.
        UsageError: the values are no real numbers, there are none, or an axis does not exist.

    >>> max([[1, 5], [3, 2]], axis=1)
    array([5, 3])
    """
    lines = _cut_lines(values, axis)
    return lines.finish(_check(np.maximum.reduce(lines.values, axis=1)), keepdims=keepdims)


def min(values: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Any:  # noqa: A001, ANN401 - as NumPy's
    """Return the smallest entry; all else as `max`.

    >>> float(min([3.0, 0.5]))
    0.5
    """
    lines = _cut_lines(values, axis)
    return lines.finish(_check(np.minimum.reduce(lines.values, axis=1)), keepdims=keepdims)


def argmax(values: ArrayLike, axis: SupportsIndex | None = None, *, keepdims: bool = False) -> Any:  # noqa: ANN401
    """Return the place of the first largest entry, in the flat array or along an axis; errors as of `max`.

    >>> int(argmax([1.0, 7.0, 7.0]))
    1
    """
    array = _to_numbers(values)
    lines = _cut_lines(array, name_axis(array.ndim, axis))
    return lines.finish(_check_places(lines, np.argmax(lines.values, axis=1)), keepdims=keepdims)


def argmin(values: ArrayLike, axis: SupportsIndex | None = None, *, keepdims: bool = False) -> Any:  # noqa: ANN401
    """Return the place of the first smallest entry; all else as `argmax`.

    >>> argmin([[4, 1], [2, 2]], axis=1)
    array([1, 0])
    """
    array = _to_numbers(values)
    lines = _cut_lines(array, name_axis(array.ndim, axis))
    return lines.finish(_check_places(lines, np.argmin(lines.values, axis=1)), keepdims=keepdims)


def sort(values: ArrayLike, axis: SupportsIndex | None = -1) -> NDArray[Any]:
    """Return the entries along an axis in ascending order; equal ones (-0 and 0) keep their order, NaN come last.

    Without an axis (None), those of the flat array.

    >>> sort([3, 1, 2]).tolist()
    [1, 2, 3]
    """
    array = _to_numbers(values)
    return np.sort(array, axis=name_axis(array.ndim, axis), kind="stable").astype(
        array.dtype.newbyteorder("="), copy=False
    )


def argsort(values: ArrayLike, axis: SupportsIndex | None = -1) -> NDArray[np.int64]:
    """Return the places of the entries along an axis in ascending order; equal ones keep their order, NaN come last.

    Without an axis (None), the places in the flat array.

    >>> argsort([3, 1, 3, 2]).tolist()
    [1, 3, 0, 2]
    """
    array = _to_numbers(values)
    return np.argsort(array, axis=name_axis(array.ndim, axis), kind="stable").astype(np.int64, copy=False)


def _to_numbers(values: ArrayLike) -> NDArray[Any]:
    array = to_array(values)
    if array.dtype.kind not in "biuf":
        raise UsageError("these values have no order", expected="real numbers", found=str(array.dtype))
    return array


def _cut_lines(values: ArrayLike, axis: Axis) -> Lines:
    lines = cut_lines(_to_numbers(values), axis)
    if not lines.values.shape[1]:
        raise UsageError("nothing has no extreme", expected="at least one entry", found="none")
    return lines


def _check(extremes: NDArray[Any]) -> NDArray[Any]:
    """Return extremes with 0 in place of -0, which hosts choose differently; a NaN among the entries is one of them."""
    if extremes.dtype.kind != "f":
        return extremes
    if bool(np.isnan(extremes).any()):
        raise NonFiniteError("an entry has no order", expected="a number", found="NaN")
    return np.asarray(np.add(extremes, extremes.dtype.type(0.0)))


def _check_places(lines: Lines, places: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return places of extremes; that of a NaN comes before all others."""
    _check(np.take_along_axis(lines.values, places[:, np.newaxis], axis=1))
    return places.astype(np.int64, copy=False)
