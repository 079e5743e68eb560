"""Rows in memory and rows in a file give the same bytes by the same names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.data import changed_rows, stored_rows
from appliance.data.changed_rows import change_rows, choose_rows
from appliance.data.rows import MemoryRows, gather_columns
from appliance.data.stamps import read_stamp
from appliance.data.stored_rows import open_stored
from appliance.streams import draw_words
from support.idx_files import write_idx
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from appliance.data.rows import Rows

COUNT, WIDTH = 23, 40
VALUES = (draw_words(COUNT * WIDTH, 1, "rows").reshape(COUNT, WIDTH) >> np.uint64(56)).astype(np.uint8)
VALUES[:, ::3] = 0
ORDER = np.array([3, 22, 0, 0, 7, 8, 9, 21, 5, 1, 2], dtype=np.intp)


@pytest.fixture(params=["memory", "file", "changed", "chosen"])
def rows(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """Return `VALUES` in memory, or in a file that is read in blocks of three rows, five rows at once for batches.

    The rows of the file may be changed when they are read, or chosen from a longer file in another order.
    """
    if request.param == "memory":
        return MemoryRows(VALUES)
    monkeypatch.setattr(stored_rows, "_BLOCK_BYTES", 3 * WIDTH)
    monkeypatch.setattr(changed_rows, "_BLOCK_VALUES", 3 * WIDTH)
    monkeypatch.setattr("appliance.data.rows._ROWS_AT_ONCE", 5)
    values, order = VALUES, np.arange(2 * COUNT, dtype=np.intp)[::-2]
    if request.param == "changed":
        values = VALUES ^ np.uint8(0xFF)
    if request.param == "chosen":
        values = np.zeros((2 * COUNT, WIDTH), np.uint8)
        values[order] = VALUES
    (tmp_path / "rows").write_bytes(write_idx(values))
    stored = open_stored(tmp_path / "rows", rank=2)
    if request.param == "changed":
        return change_rows(stored, Invert())
    return choose_rows(stored, order) if request.param == "chosen" else stored


class Invert:
    """Inverts bytes."""

    dtype = np.dtype(np.uint8)

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return all bytes with other bits."""
        return values ^ np.uint8(0xFF)


def require_equal(rows: Rows, values: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    """Assert that everything that can be asked of rows gives the same as indexing an array."""
    assert (rows.shape, len(rows), rows.dtype) == (values.shape, len(values), values.dtype)
    assert np.array_equal(rows.read(), values)
    assert np.array_equal(rows.read(4, 9), values[4:9])
    assert np.array_equal(np.concatenate(list(rows.blocks())), values)
    assert np.array_equal(rows.find_used_columns(), np.flatnonzero(values.any(axis=0)))
    assert digest_arrays({"rows": rows}) == digest_arrays({"rows": values})
    for size in (1, 2, 5, 8, 100):
        batches = list(rows.read_batches(ORDER % len(values), size))
        assert [len(batch) for batch in batches[:-1]] == [size] * (len(batches) - 1)
        assert np.array_equal(np.concatenate(batches), values[ORDER % len(values)])
    assert np.array_equal(rows.take(ORDER % len(values)), values[ORDER % len(values)])


def test_rows_are_those_of_the_array(rows: Rows) -> None:
    """Reading, taking, blocks, batches, used columns and digests do not depend on where rows are stored."""
    require_equal(rows, VALUES)


def test_first_rows(rows: Rows) -> None:
    """A shorter beginning behaves like a shorter array."""
    require_equal(rows.first(10), VALUES[:10])


@pytest.mark.parametrize("columns", [[1, 2, 4, 5, 39], [0, 3], list(range(WIDTH)), [7]])
def test_selected_columns(rows: Rows, columns: list[int]) -> None:
    """Selected columns behave like an array of these columns; so does a selection of a selection."""
    chosen = np.array(columns, dtype=np.intp)
    require_equal(rows.select_columns(chosen), VALUES[:, chosen])
    require_equal(rows.select_columns(chosen).select_columns(np.arange(1)), VALUES[:, chosen[:1]])


@pytest.mark.parametrize(
    "change",
    [
        lambda values: np.roll(values, 1, axis=0),
        lambda values: np.roll(values, 1, axis=1),
        lambda values: values ^ np.uint8(1),
    ],
)
def test_other_rows_are_noticed(
    rows: Rows, change: Callable[..., np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]
) -> None:
    """The comparison that these tests make fails for other rows, other columns, another bit."""
    with pytest.raises(AssertionError):
        require_equal(rows, change(VALUES))


@pytest.mark.parametrize("width", [8, 784, 5, 0])
def test_used_columns_are_found(width: int) -> None:
    """A column counts as used if any sample has any bit set in it, for any width and layout."""
    features = np.zeros((20, width), dtype=np.uint8)
    features[3, 1::3] = 1
    features[7, ::4] = 128
    expected = np.flatnonzero(features.any(axis=0)).tolist()
    assert MemoryRows(features).find_used_columns().tolist() == expected
    assert MemoryRows(np.asfortranarray(features)).find_used_columns().tolist() == expected


@given(st.sets(st.integers(0, WIDTH - 1)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_gathering_equals_indexing(chosen: set[int]) -> None:
    """Adjacent columns that are copied together land at the same place as with indexing."""
    columns = np.array(sorted(chosen), dtype=np.intp)
    assert gather_columns(VALUES, columns).tolist() == VALUES[:, columns].tolist()


@pytest.mark.parametrize("stored", ["<f4", ">f4", "<i4", ">i4"])
def test_rows_of_other_types(stored: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of four bytes for each value, in either byte order, are those of the array and have its digest."""
    monkeypatch.setattr(stored_rows, "_BLOCK_BYTES", 3 * WIDTH * 4)
    monkeypatch.setattr("appliance.data.rows._ROWS_AT_ONCE", 5)
    values: Any = VALUES.astype(stored[1:]) - 100 * (VALUES > 0)
    values = values.astype(stored[1:])
    (tmp_path / "rows").write_bytes(write_idx(VALUES))
    opened = open_stored(tmp_path / "rows", rank=2)
    with (tmp_path / "rows").open("r+b") as changed:
        changed.seek(opened.offset)
        changed.write(values.astype(stored).tobytes())
    with (tmp_path / "rows").open("rb", buffering=0) as file:
        stamp = read_stamp(file)
    rows = attrs.evolve(opened, stored_dtype=np.dtype(stored), stamp=stamp)
    require_equal(rows, values)
    require_equal(MemoryRows(values), values)
    chosen = np.array([1, 2, 5], dtype=np.intp)
    require_equal(rows.select_columns(chosen).first(9), values[:9, chosen])
    require_equal(MemoryRows(values).select_columns(chosen), values[:, chosen])


def test_changes_and_choices_in_memory_are_made_at_once() -> None:
    """Rows in memory stay in memory, with the same contents as rows that are changed when they are read."""
    order = np.array([3, 1, 22], dtype=np.intp)
    chosen = choose_rows(MemoryRows(VALUES), order)
    changed = change_rows(chosen, Invert())
    assert isinstance(changed, MemoryRows)
    require_equal(changed, VALUES[order] ^ np.uint8(0xFF))
    assert choose_rows(MemoryRows(VALUES.reshape(COUNT, 8, 5)), order).flatten().shape == (3, WIDTH)
