"""A data set accepts the types and shapes that it describes, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from appliance.data import Dataset, MemoryRows
from appliance.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def make_dataset(features: str = "uint8", labels: NDArray[Any] | None = None, **changes: object) -> Dataset:
    """Return twelve samples of shape (2, 3), the same for training and test; two classes unless told otherwise."""
    rows = MemoryRows(np.arange(72, dtype=features).reshape(12, 6))
    labels = (np.arange(12) % 2).astype(np.uint8) if labels is None else labels
    arrays = {"train_features": rows, "train_labels": labels, "test_features": rows}
    settings = {"name": "mine", "sample_shape": (2, 3), "classes": 2, "test_labels": labels}
    given: dict[str, Any] = {**settings, **arrays, **changes}
    return Dataset(**given)


@pytest.mark.parametrize("features", ["uint8", "int32", "float32"])
def test_types_of_features_differ_in_the_digest(features: str) -> None:
    """Features are bytes, whole numbers or float32; equal numbers of another type have another digest."""
    dataset = make_dataset(features)
    assert dataset.features == 6
    assert (dataset.digest() == make_dataset().digest()) == (features == "uint8")


def test_digest_of_bytes_is_what_it_was() -> None:
    """The digest of bytes and class numbers is that of earlier versions."""
    expected = "sha256:5a4d119cd71f8d8e43fceff10b1e2a54b0af4d47eda65add751140e9def05833"
    assert make_dataset().digest() == expected


def test_many_classes_and_targets() -> None:
    """More than 256 classes are int32; the targets of a regression are float32 with one row for each sample."""
    assert make_dataset(labels=np.arange(12, dtype=np.int32), classes=257).classes == 257
    targets = np.zeros((12, 3), np.float32)
    assert make_dataset(labels=targets, classes=0, targets=3).targets == 3


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"features": "float64"}, "another type"),
        ({"features": "int64"}, "another type"),
        ({"labels": np.zeros(12, np.int64)}, "another type"),
        ({"labels": np.zeros(12, np.int32)}, "another type"),
        ({"labels": np.zeros(12, np.uint8), "classes": 257}, "another type"),
        ({"labels": np.zeros((12, 1), np.float32)}, "another type"),
        ({"labels": np.zeros((12, 1), np.uint8), "classes": 0, "targets": 1}, "another type"),
        ({"labels": np.zeros(12, np.float32), "classes": 0, "targets": 1}, "another shape"),
        ({"labels": np.zeros(11, np.uint8)}, "another shape"),
        ({"labels": np.zeros((12, 1), np.uint8)}, "another shape"),
        ({"sample_shape": (2, 4)}, "another shape"),
        ({"test_features": MemoryRows(np.zeros((12, 5), np.uint8))}, "another shape"),
        ({"test_features": MemoryRows(np.zeros((12, 6), np.float32))}, "another type"),
        ({"classes": 0}, "has classes or targets"),
        ({"targets": 1}, "has classes or targets"),
    ],
)
def test_other_types_and_shapes_are_refused(changes: dict[str, Any], title: str) -> None:
    """Every other type or shape is one error that names the array, what is expected and what was found."""
    with pytest.raises(DataError, match=title) as caught:
        make_dataset(**changes)
    assert caught.value.expected
    assert caught.value.found
    assert str(caught.value.where).startswith("mine")


def test_a_copy_is_checked_too() -> None:
    """A data set that is made from another one meets the same rules."""
    with pytest.raises(DataError, match="another type"):
        attrs.evolve(make_dataset(), train_labels=np.zeros(12))
