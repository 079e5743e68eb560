"""Arrays that a program gives become a data set, or are refused with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.data import Dataset
from appliance.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

X, Y = np.arange(12.0).reshape(4, 3), np.array([0, 1, 2, 1])


def make(x: ArrayLike = X, y: ArrayLike = Y, classes: int | None = None) -> Dataset:
    """Return a data set with the same samples for training and test."""
    return Dataset.from_arrays(x, y, x, y, classes=classes)


@pytest.mark.parametrize(
    ("x", "dtype"),
    [
        (X, "float32"),
        (X.astype(np.float16), "float32"),
        (X.astype(">f8"), "float32"),
        (X > 3, "float32"),
        (X.astype(np.uint8), "uint8"),
        (X.astype(np.int64), "int32"),
        (X.tolist(), "float32"),
        (np.asfortranarray(X), "float32"),
    ],
)
def test_features_keep_their_values(x: ArrayLike, dtype: str) -> None:
    """Bytes stay bytes, whole numbers are tokens, everything else is float32."""
    data = make(x)
    assert str(data.train_features.dtype) == dtype
    assert np.array_equal(data.train_features.read(), np.asarray(x))


def test_samples_of_any_shape_are_rows() -> None:
    """In C order, with the shape of one sample."""
    data = make(np.arange(24.0).reshape(2, 3, 4), [0, 1])
    assert data.sample_shape == (3, 4)
    assert data.train_features.read(0, 1).tolist() == [list(range(12))]


def test_arrays_are_copied() -> None:
    """What the program does with its arrays afterwards changes nothing."""
    x, y = X.astype(np.float32), Y.astype(np.uint8)
    data = make(x, y)
    digest = data.digest()
    x[:], y[:] = 7.0, 0
    assert data.digest() == digest


def test_labels_are_classes_or_targets() -> None:
    """Whole numbers are classes, floats targets, of one column or several."""
    assert (make().classes, make().targets) == (3, 0)
    assert make(classes=300).train_labels.dtype == np.int32
    assert make(y=Y > 0).classes == 2
    assert make(y=Y * 0.5).train_labels.shape == (4, 1)
    assert make(y=np.ones((4, 2))).targets == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"x": np.zeros(4)}, r"x_train.*samples in rows|samples in rows"),
        ({"x": np.full((4, 3), np.nan)}, r"x_train\[0, 0\]"),
        ({"x": np.full((4, 3), 1e300)}, "float32 can hold"),
        ({"x": np.full((4, 3), "a")}, "bytes"),
        ({"x": np.full((4, 3), -1)}, "tokens from 0"),
        ({"x": [[1.0], [1.0, 2.0]]}, "lists of equal length"),
        ({"y": [0, 1, 2]}, "another shape"),
        ({"y": [0, 1, 2, -1]}, "classes from 0 to 2"),
        ({"y": Y.reshape(4, 1)}, "one class number"),
        ({"classes": 2}, "classes from 0 to 1"),
        ({"y": Y * 0.5, "classes": 2}, "since `classes` is given"),
    ],
)
def test_other_arrays_are_refused(more: dict[str, Any], words: str) -> None:
    """The error says which array, and what it should be."""
    with pytest.raises(DataError) as caught:
        make(**more)
    assert re.search(words, str(caught.value)), str(caught.value)


def test_training_and_test_samples_have_one_shape() -> None:
    """Another shape of the test samples is refused."""
    with pytest.raises(DataError, match="differ in shape"):
        Dataset.from_arrays(X, Y, X[:, :2], Y)
    with pytest.raises(DataError, match="cannot be used"):
        Dataset.from_arrays(X, Y, X, Y * 0.5)
