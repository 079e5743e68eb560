"""Rows of values that stay in a file until they are read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.data.idx import describe_refused, describe_unreadable, measure_idx
from appliance.data.rows import find_used_columns, gather_columns, read_batches
from appliance.data.stamps import read_stamp
from appliance.errors import DataError
from verify.errors import UsageError
from verify.files.reading import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import FileIO
    from pathlib import Path

    from appliance.data.rows import Indices, Values
    from appliance.data.stamps import Stamp

# Consecutive rows are read in blocks of about this many bytes.
_BLOCK_BYTES = 1 << 22


@attrs.frozen(kw_only=True, eq=False)
class StoredRows:
    """Rows in a file, in C order from byte `offset` on; see `Rows`.

    No file stays open and no row stays in memory. Rows are read by seeking, not through a memory map, so that a limit
    on the process's memory holds. `stamp` is the state of the file when it was opened first: if the file has changed
    when rows are read, that is an error, because the digest of the samples does not cover the new contents.

    Args:
        path: the file.
        stored_shape: the dimensions of all that is read from the file, the number of rows first.
        offset: where the first row starts, in bytes.
        stamp: what showed a change when the file was opened first.
        stored_dtype: the type of the elements in the file.
        columns: the columns that are kept of every row (k,), ascending; None for all.
    """

    path: Path
    stored_shape: tuple[int, ...]
    offset: int
    stamp: Stamp
    stored_dtype: np.dtype[Any] = attrs.field(factory=lambda: np.dtype(np.uint8))
    columns: Indices | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""
        return self.stored_dtype.newbyteorder("=")

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions, the number of rows first."""
        return self.stored_shape if self.columns is None else (len(self), len(self.columns))

    def __len__(self) -> int:
        return self.stored_shape[0]

    def flatten(self) -> StoredRows:
        """Return rows of one dimension: shape (n, k)."""
        return attrs.evolve(self, stored_shape=(len(self), self._width))

    def first(self, count: int) -> StoredRows:
        """Return the first `count` rows, at most n."""
        return attrs.evolve(self, stored_shape=(count, *self.stored_shape[1:]))

    def take(self, order: Indices) -> Values:
        """Return the rows with these numbers, 0 to n - 1 in any order, as a new array.

        They are read in the order of the file, adjacent rows together, and put in the given order.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        taken = np.empty((len(order), *self.stored_shape[1:]), dtype=self.dtype)
        if len(order):
            places = np.argsort(order, kind="stable")
            ascending = order[places]
            starts = np.flatnonzero(np.diff(ascending, prepend=ascending[0] - 2) != 1)
            counts = np.diff(starts, append=len(order))
            taken[places] = self._read(len(order), zip(ascending[starts].tolist(), counts.tolist(), strict=True))
        return self._keep_columns(taken)

    def read(self, start: int = 0, stop: int | None = None) -> Values:
        """Return consecutive rows as a new array.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        first, end, _ = slice(start, stop).indices(len(self))
        count = max(0, end - first)
        return self._keep_columns(self._read(count, [(first, count)]))

    def blocks(self) -> Iterator[Values]:
        """Yield all rows in order, a few megabytes at a time.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        step = max(1, _BLOCK_BYTES // max(1, self._row_bytes))
        yield from (self.read(start, start + step) for start in range(0, len(self), step))

    def read_batches(self, order: Indices, size: int) -> Iterator[Values]:
        """Yield the rows with these numbers in this order, `size` at a time; the last batch may be smaller.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        yield from read_batches(self, order, size)

    def find_used_columns(self) -> Indices:
        """Return the numbers of the columns that are not zero in every row, ascending.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        return find_used_columns(self)

    def select_columns(self, columns: Indices) -> StoredRows:
        """Return rows with these columns only; the others are dropped after rows are read."""
        return attrs.evolve(self, columns=columns if self.columns is None else self.columns[columns])

    @property
    def _width(self) -> int:
        return math.prod(self.stored_shape[1:])

    @property
    def _row_bytes(self) -> int:
        return self._width * self.stored_dtype.itemsize

    def _keep_columns(self, rows: Values) -> Values:
        return rows if self.columns is None else gather_columns(rows, self.columns)

    def _read(self, total: int, runs: Iterable[tuple[int, int]]) -> Values:
        """Return `total` rows in runs of consecutive ones, each given by its first row and its length."""
        rows = np.empty((total, *self.stored_shape[1:]), dtype=self.stored_dtype)
        width, rest = self._row_bytes, rows.reshape(-1).view(np.uint8).data
        try:
            with open_regular(self.path, what="a data file") as file:
                for first, count in runs:
                    rest = _read_into(file, self.offset + first * width, rest, count * width)
                found = read_stamp(file)
        except UsageError as error:
            raise describe_refused(error, self.path) from error.__cause__
        except OSError as error:
            raise describe_unreadable(error, self.path) from None
        if found != self.stamp or rest:
            raise DataError(
                "a data file has changed while it was in use",
                expected=self.stamp,
                found=found,
                where=self.path,
                remedy="start again, and do not change the file during the run",
            )
        return rows.astype(self.dtype, copy=False)


def open_stored(path: Path, *, rank: int | None) -> StoredRows:
    """Return the elements of an uncompressed IDX file, of which only the header is read.

    Args:
        path: the file.
        rank: the number of dimensions of a file of unsigned bytes; None for any number and any type.

    Raises:
        DataError: the file is missing, cannot be read, or is no such IDX file.
    """
    header = measure_idx(path, rank=rank)
    with open_regular(path, what="a data file") as file:
        stamp = read_stamp(file)
    return StoredRows(
        path=path, stored_shape=header.shape, offset=header.offset, stamp=stamp, stored_dtype=header.dtype
    )


def _read_into(file: FileIO, offset: int, room: memoryview, count: int) -> memoryview:
    """Fill the beginning of `room` with `count` bytes; return the rest of it, longer if the file ends too early."""
    file.seek(offset)
    while count and (done := file.readinto(room[:count])):
        room, count = room[done:], count - done
    return room
