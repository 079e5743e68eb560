"""Extremes with their places, stable sorts: what depends on comparisons only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.portable.arrays import Axis, cut_lines
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
    lines = cut_lines(_to_numbers(values), axis)
    return lines.finish(np.maximum.reduce(_prepare(lines), axis=1), keepdims=keepdims)


def min(values: ArrayLike, axis: Axis = None, *, keepdims: bool = False) -> Any:  # noqa: A001, ANN401 - as NumPy's
    """Return the smallest entry; all else as `max`.

    >>> float(min([3.0, 0.5]))
    0.5
    """
    lines = cut_lines(_to_numbers(values), axis)
    return lines.finish(np.minimum.reduce(_prepare(lines), axis=1), keepdims=keepdims)


def argmax(values: ArrayLike, axis: int | None = None, *, keepdims: bool = False) -> Any:  # noqa: ANN401
    """Return the place of the first largest entry, in the flat array or along an axis; errors as of `max`.

    >>> int(argmax([1.0, 7.0, 7.0]))
    1
    """
    lines = cut_lines(_to_numbers(values), axis)
    return lines.finish(np.argmax(_prepare(lines), axis=1).astype(np.int64), keepdims=keepdims)


def argmin(values: ArrayLike, axis: int | None = None, *, keepdims: bool = False) -> Any:  # noqa: ANN401
    """Return the place of the first smallest entry; all else as `argmax`.

    >>> argmin([[4, 1], [2, 2]], axis=1)
    array([1, 0])
    """
    lines = cut_lines(_to_numbers(values), axis)
    return lines.finish(np.argmin(_prepare(lines), axis=1).astype(np.int64), keepdims=keepdims)


def sort(values: ArrayLike, axis: int = -1) -> NDArray[Any]:
    """Return the entries along an axis in ascending order; equal ones (-0 and 0) keep their order, NaN come last.

    >>> sort([3, 1, 2]).tolist()
    [1, 2, 3]
    """
    return np.sort(_to_numbers(values), axis=axis, kind="stable")


def argsort(values: ArrayLike, axis: int = -1) -> NDArray[np.int64]:
    """Return the places of the entries along an axis in ascending order; equal ones keep their order, NaN come last.

    >>> argsort([3, 1, 3, 2]).tolist()
    [1, 3, 0, 2]
    """
    return np.argsort(_to_numbers(values), axis=axis, kind="stable").astype(np.int64)


def _to_numbers(values: ArrayLike) -> NDArray[Any]:
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise UsageError("these values have no order", expected="real numbers", found=str(array.dtype))
    return array


def _prepare(lines: Lines) -> NDArray[Any]:
    """Return the lines with 0 in place of -0, which hosts may order differently."""
    if not lines.values.shape[1]:
        raise UsageError("nothing has no extreme", expected="at least one entry", found="none")
    if lines.values.dtype.kind != "f":
        return lines.values
    if bool(np.isnan(lines.values).any()):
        raise NonFiniteError("an entry has no order", expected="a number", found="NaN")
    return np.add(lines.values, lines.values.dtype.type(0.0))
