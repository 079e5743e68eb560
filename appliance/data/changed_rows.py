"""Rows of a file that are chosen, put in another order and changed when they are read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.rows import MemoryRows, find_used_columns, gather_columns, read_batches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.data.changes import Change
    from appliance.data.rows import Indices, Rows, Values

_BLOCK_VALUES = 1 << 20


def change_rows(rows: Rows, change: Change) -> Rows:
    """Return rows (n, k) with changed elements: at once where they are in memory, else when they are read."""
    if not isinstance(rows, MemoryRows):
        return ChangedRows(base=rows, change=change)
    changed = np.empty(rows.shape, dtype=change.dtype)
    step = max(1, _BLOCK_VALUES // max(1, rows.shape[1]))
    for start in range(0, len(rows), step):
        changed[start : start + step] = change.apply(rows.read(start, start + step))
    return MemoryRows(changed)


def choose_rows(rows: Rows, order: Indices) -> Rows:
    """Return the rows with these numbers, in this order; a file is read again for each use."""
    return MemoryRows(rows.take(order)) if isinstance(rows, MemoryRows) else ChangedRows(base=rows, order=order)


@attrs.frozen(kw_only=True, eq=False)
class ChangedRows:
    """Rows that are made from others whenever they are read; see `Rows`.

    Args:
        base: the rows that are read, of any shape (n, ...).
        order: the numbers of the rows that are there, in their order; None for all as they are.
        change: what is done with their elements; None for nothing. It needs rows (n, k).
        columns: the columns that are kept afterwards (k,), ascending; None for all.
    """

    base: Rows
    order: Indices | None = None
    change: Change | None = None
    columns: Indices | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.base.dtype if self.change is None else self.change.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions, the number of rows first."""
        return (len(self), *self.base.shape[1:]) if self.columns is None else (len(self), len(self.columns))

    def __len__(self) -> int:
        return len(self.base) if self.order is None else len(self.order)

    def read(self, start: int = 0, stop: int | None = None) -> Values:
        """Return consecutive rows as a new array."""
        if self.order is None:
            return self._finish(self.base.read(start, stop))
        return self._finish(self.base.take(self.order[start:stop]))

    def take(self, order: Indices) -> Values:
        """Return the rows with these numbers, in this order, as a new array."""
        return self._finish(self.base.take(order if self.order is None else self.order[order]))

    def blocks(self) -> Iterator[Values]:
        """Yield all rows in order, a few megabytes at a time."""
        step = max(1, _BLOCK_VALUES // max(1, math.prod(self.base.shape[1:])))
        yield from (self.read(start, start + step) for start in range(0, len(self), step))

    def read_batches(self, order: Indices, size: int) -> Iterator[Values]:
        """Yield the rows with these numbers in this order, `size` at a time; the last batch may be smaller."""
        yield from read_batches(self, order, size)

    def first(self, count: int) -> ChangedRows:
        """Return the first `count` rows, at most n."""
        if self.order is None:
            return attrs.evolve(self, base=self.base.first(count))
        return attrs.evolve(self, order=self.order[:count])

    def flatten(self) -> ChangedRows:
        """Return rows of one dimension: shape (n, k), each row in C order."""
        return attrs.evolve(self, base=self.base.flatten())

    def find_used_columns(self) -> Indices:
        """Return the numbers of the columns that are not zero in every row, ascending."""
        return find_used_columns(self)

    def select_columns(self, columns: Indices) -> ChangedRows:
        """Return rows with these columns only; the others are dropped after rows are read and changed."""
        return attrs.evolve(self, columns=columns if self.columns is None else self.columns[columns])

    def _finish(self, values: Values) -> Values:
        changed = values if self.change is None else self.change.apply(values)
        return changed if self.columns is None else gather_columns(changed, self.columns)
