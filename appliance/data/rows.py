"""Rows of values: one protocol for rows in memory and rows in a file, so that readers need not know which."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Values = NDArray[Any]  # of uint8, int32 or float32
    Indices = NDArray[np.intp]

# Rows that are taken at once for batches: in a file the more, the less a disk has to seek.
_ROWS_AT_ONCE = 1 << 14


class Rows(Protocol):
    """Values of shape (n, ...), of uint8, int32 or float32; no value and no digest depends on where they are stored."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions, the number of rows first."""

    def __len__(self) -> int: ...

    def read(self, start: int = 0, stop: int | None = None) -> Values:
        """Return the rows from `start` up to but not including `stop`, all if neither is given."""

    def take(self, order: Indices) -> Values:
        """Return the rows with these numbers, in this order, as a new array."""

    def blocks(self) -> Iterator[Values]:
        """Yield all rows in order, in parts that fit into memory."""

    def read_batches(self, order: Indices, size: int) -> Iterator[Values]:
        """Yield the rows with these numbers in this order, `size` at a time; the last batch may be smaller."""

    def first(self, count: int) -> Rows:
        """Return the first `count` rows, at most n."""

    def flatten(self) -> Rows:
        """Return rows of one dimension: shape (n, k), each row in C order."""

    def find_used_columns(self) -> Indices:
        """Return the numbers of the columns of rows (n, k) that are not zero in every row, ascending."""

    def select_columns(self, columns: Indices) -> Rows:
        """Return rows (n, k) with these columns only, given ascending."""


def _view_read_only(values: Values) -> Values:
    """Return the same array, but not writeable."""
    view = values.view()
    view.flags.writeable = False
    return view


@attrs.frozen(eq=False)
class MemoryRows:
    """Rows in one array in memory, which is read-only here; see `Rows`.

    >>> import numpy as np
    >>> MemoryRows(np.arange(6, dtype=np.uint8).reshape(3, 2)).read(1, 3).tolist()
    [[2, 3], [4, 5]]
    """

    values: Values = attrs.field(converter=_view_read_only)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.values.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions, the number of rows first."""
        return self.values.shape

    def __len__(self) -> int:
        return len(self.values)

    def read(self, start: int = 0, stop: int | None = None) -> Values:
        """Return consecutive rows as a view."""
        return self.values[start:stop]

    def take(self, order: Indices) -> Values:
        """Return the rows with these numbers, in this order, as a new array."""
        return self.values.take(order, axis=0)

    def blocks(self) -> Iterator[Values]:
        """Yield all rows at once."""
        yield self.values

    def read_batches(self, order: Indices, size: int) -> Iterator[Values]:
        """Yield the rows with these numbers in this order, `size` at a time; the last batch may be smaller."""
        for start in range(0, len(order), size):
            yield self.take(order[start : start + size])

    def first(self, count: int) -> MemoryRows:
        """Return the first `count` rows, at most n, as a view."""
        return MemoryRows(self.values[:count])

    def flatten(self) -> MemoryRows:
        """Return rows of one dimension: shape (n, k), each row in C order."""
        return MemoryRows(self.values.reshape(len(self), math.prod(self.shape[1:])))

    def find_used_columns(self) -> Indices:
        """Return the numbers of the columns that are not zero in every row, ascending."""
        return find_used_columns(self)

    def select_columns(self, columns: Indices) -> MemoryRows:
        """Return rows with these columns only, copied once."""
        return MemoryRows(gather_columns(self.values, columns))


def read_batches(rows: Rows, order: Indices, size: int) -> Iterator[Values]:
    """Yield the rows with these numbers in this order, `size` at a time; many batches are taken at once."""
    step = max(1, _ROWS_AT_ONCE // size) * size
    for start in range(0, len(order), step):
        taken = rows.take(order[start : start + step])
        yield from (taken[place : place + size] for place in range(0, len(taken), size))


def find_used_columns(rows: Rows) -> Indices:
    """Return the numbers of the columns of rows (n, k) that are not zero in every row, ascending."""
    used = np.zeros(rows.shape[1], dtype=np.uint8)
    for block in rows.blocks():
        np.bitwise_or(used, _merge_rows(block), out=used)
    return np.flatnonzero(used)


def _merge_rows(block: Values) -> NDArray[np.uint8]:
    """Return what is not zero in the columns of a block (n, k), shape (k,).

    For bytes it is the bitwise or of all rows, eight bytes at a time where that is possible.
    """
    if block.dtype != np.uint8:
        return np.asarray((block != 0).any(axis=0)).view(np.uint8)
    if block.shape[1] % 8 == 0 and block.flags.c_contiguous:
        return np.asarray(np.bitwise_or.reduce(block.view(np.uint64), axis=0)).view(np.uint8)
    return np.asarray(np.bitwise_or.reduce(block, axis=0))


def gather_columns(values: Values, columns: Indices) -> Values:
    """Return the given columns, ascending, of values (n, k) as a new array; adjacent columns are copied together."""
    gathered = np.empty((len(values), len(columns)), dtype=values.dtype)
    ends = np.flatnonzero(np.diff(columns, append=-1) != 1) + 1
    start = 0
    for stop in ends.tolist():
        np.copyto(gathered[:, start:stop], values[:, columns[start] : columns[start] + stop - start])
        start = stop
    return gathered
