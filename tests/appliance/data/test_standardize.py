"""Standardisation: what is subtracted and divided, for which features, with which bits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.data import MemoryRows
from appliance.data.changed_rows import change_rows
from appliance.data.changes import Cast, Scale, normalize_zeros
from appliance.data.standardize import find_feature_scale, find_scale, find_target_scale
from appliance.streams import draw_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.schema import Standardize
    from appliance.data.rows import Rows

TINY = 2.0**-126


def standardize_rows(train: Rows, test: Rows, shape: tuple[int, ...], kind: Standardize) -> tuple[Rows, Rows]:
    """Return both parts scaled by what the training part tells."""
    scale = find_feature_scale(train, shape, kind)
    assert scale
    return change_rows(train, scale), change_rows(test, scale)


def draw_values(count: int, width: int) -> NDArray[np.float32]:
    """Return numbers between 0 and 100, each column around a middle of its own."""
    words = draw_words(count * width, 4, "values").reshape(count, width) >> np.uint64(40)
    return (words.astype(np.float32) * np.float32(2.0**-20) + 10 * np.arange(width, dtype=np.float32)).astype(
        np.float32
    )


@pytest.mark.parametrize(
    ("kind", "shape", "groups"),
    [
        ("feature", (2, 3, 2), 12),
        ("channel", (2, 3, 2), 2),
        ("channel", (4, 3), 1),
        ("channel", (12,), 12),
        ("all", (2, 3, 2), 1),
    ],
)
def test_groups_of_features(kind: Standardize, shape: tuple[int, ...], groups: int) -> None:
    """Every group has the mean 0 and the deviation 1 over the training samples; the test part has the same scale."""
    values = draw_values(50, 12)
    train, test = standardize_rows(MemoryRows(values), MemoryRows(values[:5]), shape, kind)
    found = train.read().astype(np.float64).reshape(50, groups, -1)
    assert np.abs(found.mean(axis=(0, 2))).max() < 1e-6
    assert np.abs(found.std(axis=(0, 2)) - 1).max() < 1e-6
    assert len(np.unique(find_scale(train, [0] * 12).means)) == 1
    assert np.array_equal(test.read(), train.read(0, 5))
    assert train.dtype == np.float32


def test_values_are_those_of_the_rule() -> None:
    """Two roundings in float64 and one to float32, with a mean and a deviation that are rounded once."""
    values = draw_values(30, 3)
    train, _ = standardize_rows(MemoryRows(values), MemoryRows(values), (3,), "feature")
    scale = find_scale(MemoryRows(values), [0, 1, 2])
    for row in (0, 29):
        for column in range(3):
            wide = (float(values[row, column]) - scale.means[column]) / scale.deviations[column]
            assert train.read()[row, column] == np.float32(wide)


def test_order_of_the_samples_does_not_matter() -> None:
    """The scale is the same for any order of the training samples, as it is not for other samples."""
    values = draw_values(40, 5)
    first, second = (find_scale(MemoryRows(rows), list(range(5))) for rows in (values, values[::-1].copy()))
    assert first.means.tobytes() + first.deviations.tobytes() == second.means.tobytes() + second.deviations.tobytes()
    assert find_scale(MemoryRows(values[1:]), list(range(5))).means.tobytes() != first.means.tobytes()


def test_bytes_become_floats() -> None:
    """Bytes count as 0 to 255; equal ones become 0."""
    values = np.array([[0, 7], [255, 7], [255, 7], [0, 7]], np.uint8)
    train, _ = standardize_rows(MemoryRows(values), MemoryRows(values), (2,), "feature")
    assert train.read().tolist() == [[-1, 0], [1, 0], [1, 0], [-1, 0]]
    assert not np.signbit(train.read()[:, 1]).any()


def test_none_changes_nothing() -> None:
    """Without standardisation there is no scale."""
    assert find_feature_scale(MemoryRows(draw_values(4, 2)), (2,), "none") is None


def test_targets_have_a_scale_each() -> None:
    """Each target has its own mean and deviation, from the training part."""
    scale = find_target_scale(draw_values(20, 2))
    train, test = scale.apply(draw_values(20, 2)), scale.apply(draw_values(5, 2))
    assert np.abs(train.astype(np.float64).mean(axis=0)).max() < 1e-6
    assert np.array_equal(test, train[:5])  # the same values, drawn again
    assert train.dtype == test.dtype == np.float32


@pytest.mark.parametrize(
    ("value", "expected"),
    [(-0.0, 0.0), (TINY, TINY), (-TINY, -TINY), (TINY / 2, 0.0), (-TINY / 2, 0.0), (1 + 2.0**-24, 1.0)],
)
def test_tiny_numbers_become_zero(value: float, expected: float) -> None:
    """No result is -0 or subnormal; all others are rounded to float32, to even."""
    for change in (Cast("float32"), Scale(np.zeros(1), np.ones(1))):
        found = change.apply(np.array([[value]]))
        assert found.dtype == change.dtype == np.float32
        assert found.tobytes() == np.float32(expected).tobytes()
    assert normalize_zeros(np.array([-0.0], np.float32)).tobytes() == np.float32(0).tobytes()


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "?"])
def test_every_type_of_numbers_can_be_cast(dtype: str) -> None:
    """Whole numbers and floats of any width keep their values."""
    values: NDArray[Any] = np.array([[0, 1, 100]]).astype(dtype)
    assert Cast("float32").apply(values).tolist() == [[0, 1, 1 if dtype == "?" else 100]]
