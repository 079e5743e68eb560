"""Sums of columns are exact, whatever the order, the blocks and the size of the numbers."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.data import MemoryRows, moments
from appliance.data.moments import Moments, measure
from appliance.streams import draw_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST = float(np.finfo(np.float32).max)
FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


def sum_exactly(values: NDArray[Any]) -> list[tuple[Fraction, Fraction]]:
    """Return the sum of every column and that of its squares, as fractions."""
    columns = [[Fraction(value) for value in column] for column in values.T.tolist()]
    return [(sum(column, Fraction(0)), sum((x * x for x in column), Fraction(0))) for column in columns]


def read_sums(found: Moments) -> list[tuple[Fraction, Fraction]]:
    """Return the same of moments."""
    unit = Fraction(1, 1 << 149)
    return [(total * unit, square * unit * unit) for total, square in zip(found.sums, found.squares, strict=True)]


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=20))
def test_sums_of_floats_are_exact(rows: list[tuple[float, float]]) -> None:
    """For any finite float32, subnormal ones and the largest among them, the sums are those of fractions."""
    values = np.array(rows, dtype=np.float32)
    assert read_sums(measure(MemoryRows(values))) == sum_exactly(values)


@pytest.mark.parametrize("value", [LARGEST, -LARGEST, 2.0**-149, -(2.0**-126), 1.0, -0.0, 2.0**-126 - 2.0**-149])
def test_sums_of_the_ends_of_the_range(value: float) -> None:
    """The largest and the smallest numbers are added exactly, as is what cancels."""
    values = np.array([[value], [value], [-value], [1.5]], dtype=np.float32)
    assert read_sums(measure(MemoryRows(values))) == sum_exactly(values)


def test_sums_of_bytes_are_exact() -> None:
    """Bytes count as 0 to 255."""
    values = (draw_words(600, 1, "bytes") >> np.uint64(56)).astype(np.uint8).reshape(200, 3)
    assert read_sums(measure(MemoryRows(values))) == sum_exactly(values)
    assert measure(MemoryRows(np.full((70_000, 1), 255, np.uint8))).squares == [70_000 * 255 * 255 << 298]


def test_no_order_and_no_block_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any order of the rows and any number of rows at once give the same sums."""
    values = ((draw_words(900, 2, "floats") >> np.uint64(40)).astype(np.float32) * np.float32(1e-9)).reshape(300, 3)
    values[7] = 1e30
    expected = measure(MemoryRows(values))
    monkeypatch.setattr(moments, "_ROWS", 7)
    assert measure(MemoryRows(values[::-1].copy())) == expected
    monkeypatch.setattr(moments, "_BLOCK_VALUES", 1)
    assert measure(MemoryRows(values)) == expected
    changed = values.copy()
    changed[3, 1] = np.nextafter(changed[3, 1], np.float32(1))
    assert measure(MemoryRows(changed)) != expected


def test_means_and_deviations_are_rounded_once() -> None:
    """They are the nearest float64 of the exact mean and the root of the nearest one of the exact variance."""
    values = (draw_words(60, 3, "floats") >> np.uint64(41)).astype(np.float32).reshape(20, 3) / np.float32(3)
    found = measure(MemoryRows(values))
    sums = sum_exactly(values)
    assert found.find_means() == [float(total / 20) for total, _ in sums]
    assert found.find_deviations() == [math.sqrt(float(square / 20 - total * total / 400)) for total, square in sums]
    assert attrs.evolve(found, sums=[20 << 149], squares=[20 << 298]).find_deviations() == [0.0]


def test_groups_are_merged() -> None:
    """The columns of a group have the moments of all their values together."""
    values = np.arange(24, dtype=np.float32).reshape(6, 4)
    together = measure(MemoryRows(values)).merge([0, 0, 1, 1])
    apart = [measure(MemoryRows(values[:, part].reshape(12, 1))) for part in (slice(0, 2), slice(2, 4))]
    assert (together.count, together.sums) == (12, [found.sums[0] for found in apart])
    assert together.squares == [found.squares[0] for found in apart]
