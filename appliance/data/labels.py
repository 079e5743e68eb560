"""Labels as they are stored, read as class numbers or as targets of a regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.config.limits import MOST_CLASSES
from appliance.data.changes import Cast
from appliance.data.controls import control_classes, control_labels
from appliance.data.dataset import MOST_BYTE_CLASSES
from appliance.data.extents import control_finite, find_extent
from appliance.data.rows import MemoryRows
from appliance.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.schema import DataConfig
    from verify.results import Result

_MATRIX = 2  # dimensions of targets


class Labels(NamedTuple):
    """Labels of both parts in the types of a data set, and what they are; empty where a control failed."""

    results: list[Result]
    train: NDArray[Any]
    test: NDArray[Any]
    classes: int = 0
    targets: int = 0


def read_labels(data: DataConfig, train: NDArray[Any], test: NDArray[Any], class_names: tuple[str, ...] = ()) -> Labels:
    """Return the labels of both parts as class numbers or as targets, with the results of their controls.

    Args:
        data: what the labels are, and how many classes there are, if that is declared.
        train: the labels (n,), or targets (n, t), as they are stored.
        test: the same of the test part.
        class_names: the names of the classes, if they have any.

    Raises:
        DataError: they are neither.
    """
    kinds = {train.dtype.kind, test.dtype.kind}
    as_classes = data.labels_as == "classes" or (data.labels_as == "stored" and kinds <= set("iub"))
    if as_classes:
        return _read_classes(data, train, test, class_names)
    if data.classes:
        raise DataError(
            "the labels are targets, but classes are declared",
            expected="whole numbers",
            found=str(train.dtype),
            where=f"{data.source}, data.classes",
            remedy='leave out data.classes, or set data.labels_as = "classes"',
        )
    return _read_targets(data, train, test)


def _read_classes(data: DataConfig, train: NDArray[Any], test: NDArray[Any], class_names: tuple[str, ...]) -> Labels:
    numbers = [_read_whole(values, f"{data.source}, {part}") for part, values in (("train", train), ("test", test))]
    classes = data.classes or len(class_names) or min(int(numbers[0].max(initial=0)) + 1, MOST_CLASSES)
    results = []
    for part, values in zip(("train", "test"), numbers, strict=True):
        results.append(control_labels(values, classes, f"{data.source}, {part}"))
        if part == "train" and not data.classes:
            results.append(control_classes(values, classes, f"{data.source}, {part}"))
    if any(result.status != "pass" for result in results):
        return Labels(results, numbers[0], numbers[1])
    dtype = np.uint8 if classes <= MOST_BYTE_CLASSES else np.int32
    return Labels(results, numbers[0].astype(dtype), numbers[1].astype(dtype), classes=classes)


def _read_whole(values: NDArray[Any], where: str) -> NDArray[np.int64]:
    """Return labels (n,) or (n, 1) as whole numbers (n,)."""
    flat = values.reshape(len(values)) if values.size == len(values) else values
    whole = flat.ndim == 1 and (flat.dtype.kind in "iub" or bool((np.rint(flat) == flat).all()))
    if not whole or bool((np.abs(flat.astype(np.float64)) >= 2.0**31).any()):
        raise DataError(
            "labels are no class numbers",
            expected="whole numbers of shape (n,), below 2147483648",
            found=f"{values.dtype} {values.shape}",
            where=where,
            remedy='store one whole number for each sample, or set data.labels_as = "targets"',
        )
    return flat.astype(np.int64)


def _read_targets(data: DataConfig, train: NDArray[Any], test: NDArray[Any]) -> Labels:
    arrays = [values[:, None] if values.ndim == 1 else values for values in (train, test)]
    if any(values.ndim != _MATRIX or values.shape[1] != arrays[0].shape[1] or not values.shape[1] for values in arrays):
        raise DataError(
            "targets have another shape",
            expected="(n,) or (n, targets), with as many targets for training as for the test",
            found=f"{train.shape} and {test.shape}",
            where=data.source,
        )
    results = [
        control_finite(find_extent(MemoryRows(values)), f"{data.source}, {part}, targets")
        for part, values in zip(("train", "test"), arrays, strict=True)
    ]
    if any(result.status != "pass" for result in results):
        return Labels(results, arrays[0], arrays[1])
    cast = Cast("float32")
    return Labels(results, cast.apply(arrays[0]), cast.apply(arrays[1]), targets=arrays[0].shape[1])
