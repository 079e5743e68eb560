"""Arrays of bytes that stay in a file, of which rows are read when they are asked for."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, NamedTuple

import attrs
import numpy as np

from appliance.data.idx import describe_unreadable, measure_idx
from appliance.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import FileIO
    from pathlib import Path

    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

# Consecutive rows are read in blocks of about this many bytes.
_BLOCK_BYTES = 1 << 22


class Stamp(NamedTuple):
    """What tells whether a file is still the one it was: bytes, nanoseconds of its last change, number."""

    size: int
    changed: int
    number: int


@attrs.frozen(kw_only=True, eq=False)
class StoredArray:
    """Unsigned bytes of shape (n, ...) that lie in a file in C order, from byte `offset` on.

    No file stays open and no row stays in memory. Rows are read by seeking, not through a memory map, so that a limit
    on the process's memory holds. `stamp` is the file's from when its samples were looked at first: a file that is
    another one by the time rows are read is an error, since no digest would speak for those rows.
    """

    path: Path
    shape: tuple[int, ...]
    offset: int
    stamp: Stamp

    @property
    def dtype(self) -> np.dtype[np.uint8]:
        """The type of the elements."""
        return np.dtype(np.uint8)

    def __len__(self) -> int:
        return self.shape[0]

    def flatten(self) -> StoredArray:
        """Return the same rows, each of them flat: shape (n, k)."""
        return attrs.evolve(self, shape=(len(self), math.prod(self.shape[1:])))

    def first(self, count: int) -> StoredArray:
        """Return the first `count` rows, at most n."""
        return attrs.evolve(self, shape=(count, *self.shape[1:]))

    def take(self, rows: NDArray[np.int64]) -> Bytes:
        """Return the rows of these numbers, 0 to n - 1 in any order, as a new array (m, ...).

        They are read in the order of the file, neighbours together, and put in the order asked for.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        taken = np.empty((len(rows), *self.shape[1:]), dtype=np.uint8)
        if not len(rows):
            return taken
        places = np.argsort(rows, kind="stable")
        ascending = rows[places]
        starts = np.flatnonzero(np.diff(ascending, prepend=ascending[0] - 2) != 1)
        counts = np.diff(starts, append=len(rows))
        taken[places] = self._read(len(rows), zip(ascending[starts].tolist(), counts.tolist(), strict=True))
        return taken

    def __getitem__(self, rows: slice) -> Bytes:
        """Return consecutive rows as an array.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        start, stop, _ = rows.indices(len(self))
        count = max(0, stop - start)
        return self._read(count, [(start, count)])

    def blocks(self) -> Iterator[Bytes]:
        """Yield all rows in order, a few megabytes of them at a time.

        Raises:
            DataError: the file cannot be read, or has changed.
        """
        step = max(1, _BLOCK_BYTES // max(1, math.prod(self.shape[1:])))
        yield from (self[start : start + step] for start in range(0, len(self), step))

    def _read(self, total: int, runs: Iterable[tuple[int, int]]) -> Bytes:
        """Return `total` rows in runs of consecutive ones, each given by its first row and its length."""
        rows = np.empty((total, *self.shape[1:]), dtype=np.uint8)
        width, rest = math.prod(self.shape[1:]), rows.reshape(-1).data
        try:
            with self.path.open("rb", buffering=0) as file:
                for first, count in runs:
                    rest = _read_into(file, self.offset + first * width, rest, count * width)
                found = _read_stamp(file)
        except OSError as error:
            raise describe_unreadable(error, self.path) from None
        if found != self.stamp or rest:
            raise DataError(
                "a data file has changed while it was in use",
                expected=self.stamp,
                found=found,
                where=self.path,
                remedy="start again, and leave the file alone meanwhile",
            )
        return rows


def open_stored(path: Path, *, rank: int) -> StoredArray:
    """Return the elements of an uncompressed IDX file of `rank` dimensions, of which only the header is read.

    Raises:
        DataError: the file is missing, cannot be read, or is no such IDX file of unsigned bytes.
    """
    shape, offset = measure_idx(path, rank=rank)
    with path.open("rb", buffering=0) as file:
        return StoredArray(path=path, shape=shape, offset=offset, stamp=_read_stamp(file))


def _read_into(file: FileIO, offset: int, room: memoryview, count: int) -> memoryview:
    """Fill the beginning of `room` with `count` bytes; return what is left of it, more than due if the file ends."""
    file.seek(offset)
    while count and (done := file.readinto(room[:count])):
        room, count = room[done:], count - done
    return room


def _read_stamp(file: FileIO) -> Stamp:
    status = os.fstat(file.fileno())
    return Stamp(size=status.st_size, changed=status.st_mtime_ns, number=status.st_ino)
