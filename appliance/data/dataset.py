"""The samples of one run: rows of features, with class numbers or with targets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.given_arrays import convert_features, convert_labels
from appliance.data.rows import MemoryRows
from appliance.errors import DataError
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from appliance.data.preparation import Preparation
    from appliance.data.rows import Rows

MOST_BYTE_CLASSES = 256
_FEATURE_TYPES = ("uint8", "float32", "int32")


@attrs.frozen(kw_only=True, eq=False)
class Dataset:
    """Training and test samples exactly as used, in order.

    Features are rows of shape (n, k), one row per sample. A row is a sample of shape `sample_shape`, flattened, so k is
    the product of that shape. Their type says what they mean: uint8 stands for `byte / 256`; float32 are the values
    themselves, all finite; whole numbers, uint8 or int32, may also be tokens, which only an embedding layer reads.
    Rows are in memory, or in a file and read when they are needed; no result depends on which.

    Labels are in memory. With classes they are class numbers of shape (n,), each at least 0 and below `classes`: uint8
    up to 256 classes, int32 above. In a regression, where `classes` is 0, they are float32 of shape (n, targets).
    `preparation` says how stored samples became these, so that new samples can be treated in the same way; None if that
    is not known. It is in no digest.
    Arrays made by `load_dataset` are read-only.

    Raises:
        DataError: an array has another type or another shape than these.

    >>> import numpy as np
    >>> from appliance import MemoryRows
    >>> rows, labels = MemoryRows(np.zeros((4, 6), np.uint8)), np.array([0, 1, 1, 0], np.uint8)
    >>> mine = Dataset(
    ...     name="mine",
    ...     train_features=rows,
    ...     train_labels=labels,
    ...     test_features=rows,
    ...     test_labels=labels,
    ...     sample_shape=(2, 3),
    ...     classes=2,
    ... )
    >>> mine.features, mine.targets
    (6, 0)
    """

    name: str
    train_features: Rows
    train_labels: NDArray[Any]
    test_features: Rows
    test_labels: NDArray[Any]
    sample_shape: tuple[int, ...]
    classes: int
    targets: int = 0
    preparation: Preparation | None = None

    def __attrs_post_init__(self) -> None:
        if (self.classes > 0) == (self.targets > 0):
            found = f"{self.classes} classes, {self.targets} targets"
            raise DataError("a data set has classes or targets", expected="one of them", found=found, where=self.name)
        parts = {"train": (self.train_features, self.train_labels), "test": (self.test_features, self.test_labels)}
        for part, (features, labels) in parts.items():
            self._require_type(features.dtype, _FEATURE_TYPES, f"{part}_features")
            self._require_shape(features.shape, (len(features), self.features), f"{part}_features")
            self._require_type(labels.dtype, (self._label_type,), f"{part}_labels")
            self._require_shape(labels.shape, (len(features), *self._label_shape), f"{part}_labels")
        self._require_type(self.test_features.dtype, (str(self.train_features.dtype),), "test_features")

    @classmethod
    def from_arrays(
        cls,
        x_train: ArrayLike,
        y_train: ArrayLike,
        x_test: ArrayLike,
        y_test: ArrayLike,
        *,
        classes: int | None = None,
        name: str = "own",
    ) -> Dataset:
        """Return a data set of arrays, which are copied.

        Args:
            x_train: samples (n, ...). uint8 are bytes, which stand for `byte / 256`; floats are rounded to float32, if
                they are not float32; other whole numbers are tokens for an embedding.
            y_train: whole numbers (n,) are classes from 0; floats (n,) or (n, t) are targets of a regression.
            x_test: as x_train.
            y_test: as y_train.
            classes: the number of classes; None for the largest class plus 1.
            name: what errors call it.

        Raises:
            DataError: an array has another type or shape, or holds a number that float32 cannot hold.

        >>> import numpy as np
        >>> x, y = np.linspace(0.0, 1.0, 12).reshape(6, 2), [0, 1, 2, 0, 1, 2]
        >>> data = Dataset.from_arrays(x[:4], y[:4], x[4:], y[4:])
        >>> data.sample_shape, data.classes, len(data.train_labels)
        ((2,), 3, 4)
        """
        train, shape = convert_features(x_train, "x_train")
        test, other = convert_features(x_test, "x_test")
        if shape != other:
            raise DataError("samples differ in shape", expected=f"{shape}, as in x_train", found=other, where="x_test")
        labels = convert_labels(y_train, y_test, classes)
        return cls(
            name=name,
            train_features=train,
            train_labels=labels.train,
            test_features=test,
            test_labels=labels.test,
            sample_shape=shape,
            classes=labels.classes,
            targets=labels.targets,
        )

    @property
    def features(self) -> int:
        """The number of features of one sample."""
        return math.prod(self.sample_shape)

    @property
    def _label_type(self) -> str:
        if self.targets:
            return "float32"
        return "uint8" if self.classes <= MOST_BYTE_CLASSES else "int32"

    @property
    def _label_shape(self) -> tuple[int, ...]:
        return (self.targets,) if self.targets else ()

    def digest(self) -> str:
        """Return the `sha256:<hex>` of the four arrays with their names; other names are not part of it."""
        return digest_arrays(
            {
                "train_features": self.train_features,
                "train_labels": self.train_labels,
                "test_features": self.test_features,
                "test_labels": self.test_labels,
            }
        )

    def check_unchanged(self, digest: str) -> None:
        """Make sure, after a training, that rows in files still have the digest that they had before it.

        Rows in memory are not read again, because nothing can have changed them.

        Raises:
            DataError: the rows have another digest, or a file cannot be read.
        """
        parts = (self.train_features, self.test_features)
        if all(isinstance(rows, MemoryRows) for rows in parts):
            return
        found = self.digest()
        if found != digest:
            raise DataError(
                "the data has changed while it was in use",
                expected=digest,
                found=found,
                where=self.name,
                remedy="start again, and do not change the files during the run",
            )

    def _require_type(self, found: np.dtype[Any], expected: tuple[str, ...], array: str) -> None:
        if found not in [np.dtype(name) for name in expected]:
            raise DataError(
                "an array of a data set has another type",
                expected=" or ".join(expected),
                found=str(found),
                where=f"{self.name}, {array}",
            )

    def _require_shape(self, found: tuple[int, ...], expected: tuple[int, ...], array: str) -> None:
        if found != expected:
            raise DataError(
                "an array of a data set has another shape",
                expected=str(expected),
                found=str(found),
                where=f"{self.name}, {array}",
            )
