"""Arrays that a program gives, converted to what a data set holds, or refused with the reason."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.data.changes import normalize_zeros
from appliance.data.rows import MemoryRows
from appliance.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_MOST_BYTE_CLASSES = 256
_LARGEST_TOKEN = 2**31 - 1


class Labels(NamedTuple):
    """The labels of training and test in the form of a data set, with the number of classes or of targets."""

    train: NDArray[Any]
    test: NDArray[Any]
    classes: int
    targets: int


def convert_features(values: ArrayLike, name: str) -> tuple[MemoryRows, tuple[int, ...]]:
    """Return copied rows (n, k), and the shape of one sample.

    Raises:
        DataError: there are no samples, or they are neither bytes, floats, truth values nor tokens.
    """
    array = _read(values, name)
    if array.ndim < 2 or not array.size:  # noqa: PLR2004 - samples, then what a sample has
        raise _refuse(name, "samples in rows: shape (n, k) or (n, ...), at least one", f"shape {array.shape}")
    shape = tuple(array.shape[1:])
    return MemoryRows(_convert_values(array, name).reshape(len(array), math.prod(shape))), shape


def _convert_values(array: NDArray[Any], name: str) -> NDArray[Any]:
    """Return bytes as they are, whole numbers as int32 (tokens), everything else as float32, in a new array."""
    if array.dtype == np.uint8:
        return np.array(array, order="C")
    if array.dtype.kind in "iu":
        if int(array.min()) < 0 or int(array.max()) > _LARGEST_TOKEN:
            raise _refuse(name, "tokens from 0 to 2**31 - 1, or floats", f"{array.min()} to {array.max()}")
        return np.array(array, dtype=np.int32, order="C")
    return _convert_floats(array, name)


def _convert_floats(array: NDArray[Any], name: str) -> NDArray[np.float32]:
    if array.dtype.kind not in "fb":
        raise _refuse(name, "bytes (uint8), floats, or whole numbers as tokens", f"type {array.dtype}")
    with np.errstate(over="ignore"):
        values = np.array(array, dtype=np.float32, order="C")
    lost = np.flatnonzero(~np.isfinite(values))
    if lost.size:
        place = tuple(int(index) for index in np.unravel_index(int(lost[0]), values.shape))
        raise _refuse(f"{name}{list(place)}", "a number that float32 can hold", str(array[place]))
    return normalize_zeros(values)


def convert_labels(train: ArrayLike, test: ArrayLike, classes: int | None) -> Labels:
    """Return copied labels: whole numbers are classes, floats the targets of a regression.

    Raises:
        DataError: they are neither, or a class is out of range.
    """
    first, second = _read(train, "y_train"), _read(test, "y_test")
    kinds = {array.dtype.kind in "iub" for array in (first, second)}
    if len(kinds) > 1:
        raise _refuse("y_train, y_test", "classes in both, or targets in both", f"{first.dtype} and {second.dtype}")
    if kinds == {True}:
        return _convert_classes(first, second, classes)
    if classes is not None:
        raise _refuse("y_train", "whole numbers, since `classes` is given", f"type {first.dtype}")
    targets = [_convert_targets(array, name) for array, name in ((first, "y_train"), (second, "y_test"))]
    return Labels(targets[0], targets[1], 0, targets[0].shape[1])


def _convert_classes(train: NDArray[Any], test: NDArray[Any], classes: int | None) -> Labels:
    for array, name in ((train, "y_train"), (test, "y_test")):
        if array.ndim != 1 or not len(array):
            raise _refuse(name, "one class number for each sample: shape (n,)", f"shape {array.shape}")
    largest, smallest = max(int(train.max()), int(test.max())), min(int(train.min()), int(test.min()))
    count = largest + 1 if classes is None else classes
    if smallest < 0 or largest >= count:
        raise _refuse("y_train, y_test", f"classes from 0 to {count - 1}", f"{smallest} to {largest}")
    dtype = np.uint8 if count <= _MOST_BYTE_CLASSES else np.int32
    return Labels(_freeze(train.astype(dtype)), _freeze(test.astype(dtype)), count, 0)


def _convert_targets(array: NDArray[Any], name: str) -> NDArray[np.float32]:
    """Return targets (n, t); one target for each sample may also be given as (n,)."""
    if array.ndim not in (1, 2) or not array.size:
        raise _refuse(name, "targets of shape (n,) or (n, t)", f"shape {array.shape}")
    values = _convert_floats(array, name)
    return _freeze(values.reshape(len(values), -1))


def _freeze(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _read(values: ArrayLike, name: str) -> NDArray[Any]:
    if np.ma.is_masked(values):
        raise _refuse(name, "values for all entries", "a masked array")
    try:
        return np.asarray(values)
    except ValueError as error:
        raise _refuse(name, "an array, or lists of equal length", str(error)) from error


def _refuse(where: str, expected: str, found: str) -> DataError:
    return DataError("an array cannot be used as data", expected=expected, found=found, where=where)
