"""Reading IDX files of unsigned bytes: gzip-compressed files as a whole, the header of others.

An IDX file is two zero bytes, one byte for the element type (8 = unsigned byte), one byte for the number of
dimensions, each dimension as a big-endian 32-bit count, then the elements in C order. (The format is described
on the MNIST page of LeCun, Cortes and Burges.) Unpacking stops at the size that the header states.
"""

from __future__ import annotations

import math
import os
import struct
import sys
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from appliance.errors import DataError
from verify.errors import UsageError
from verify.files.reading import open_regular, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 31
_DENSEST = 1032  # no byte of a deflate stream can stand for more bytes
_UNSIGNED_BYTE = 8
_TYPES = {_UNSIGNED_BYTE: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_DIMENSIONS = 8
_MAGIC_BYTES = 4
_COUNT_BYTES = 4
_REMEDY = "get the file again from where it came"


def read_file(path: Path, *, limit: int) -> bytes:
    """Return a file's bytes.

    Raises:
        DataError: the file is missing, cannot be read, is no regular file, or has more than `limit` bytes.
    """
    try:
        return read_bytes(path, limit=limit, what="a data file")
    except UsageError as error:
        raise describe_refused(error, path) from error.__cause__


def describe_refused(error: UsageError, path: Path) -> DataError:
    """Return the error that says why the reader refused a data file."""
    if isinstance(error.__cause__, OSError):
        return describe_unreadable(error.__cause__, path)
    return DataError(error.title, expected=error.expected, found=error.found, where=path)


def describe_unreadable(error: OSError, path: Path) -> DataError:
    """Return the error that says why a file could not be read."""
    if isinstance(error, FileNotFoundError):
        return DataError("a data file is missing", expected="a file", found="nothing", where=path)
    reason = error.strerror or type(error).__name__
    return DataError("a data file cannot be read", expected="a readable file", found=reason, where=path)


class IdxHeader(NamedTuple):
    """What an IDX file holds: dimensions and type of its elements, and at which byte the first one is."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int

    @property
    def size(self) -> int:
        """The number of bytes of all elements."""
        return math.prod(self.shape) * self.dtype.itemsize


def decode_idx(packed: bytes, *, rank: int | None, where: Path) -> NDArray[Any]:
    """Return the elements of a gzip-compressed IDX file, C order, read-only.

    Args:
        packed: the bytes of the whole gzip file (one member).
        rank: the number of dimensions of a file of unsigned bytes; None for any number and any type.
        where: the file's path, for messages.

    Raises:
        DataError: not gzip, damaged or truncated gzip, another magic number, element type or number of
            dimensions, fewer or more elements than the header states, bytes after the gzip member.
    """
    stream = _Inflater(packed, where)
    header = _read_header(stream, rank, where)
    shape, size = header.shape, header.size
    if size > len(packed) * _DENSEST:
        title = "an IDX file has fewer elements than its header states"
        raise _damage(title, f"{size} bytes of elements for shape {shape}", f"{len(packed)} bytes of gzip", where)
    payload = stream.read(size + 1)
    if len(payload) > size:
        raise _damage("an IDX file continues after its last element", f"{size} bytes of elements", "more", where)
    if len(payload) < size:
        title = "an IDX file has fewer elements than its header states"
        raise _damage(title, f"{size} bytes of elements for shape {shape}", len(payload), where)
    if stream.rest:
        raise _damage("a gzip file continues after its end", "no bytes", f"{len(stream.rest)} bytes", where)
    return np.frombuffer(payload, dtype=header.dtype).reshape(shape)


def measure_idx(path: Path, *, rank: int | None) -> IdxHeader:
    """Return the header of an uncompressed IDX file; `rank` is as for `decode_idx`.

    Raises:
        DataError: the file is missing or cannot be read, has another magic number, element type or number of
            dimensions, or its length is not the one that its header states.
    """
    try:
        with open_regular(path, what="a data file") as file:
            header = _read_header(file, rank, path)
            found = file.seek(0, os.SEEK_END) - header.offset
    except UsageError as error:
        raise describe_refused(error, path) from error.__cause__
    except OSError as error:
        raise describe_unreadable(error, path) from None
    size = header.size
    if found > size:
        raise _damage("an IDX file continues after its last element", f"{size} bytes of elements", found, path)
    if found < size:
        title = "an IDX file has fewer elements than its header states"
        raise _damage(title, f"{size} bytes of elements for shape {header.shape}", found, path)
    return header


def encode_header(shape: tuple[int, ...]) -> bytes:
    """Return the header of an IDX file of unsigned bytes; each dimension is below 2**32."""
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, _UNSIGNED_BYTE, len(shape), *shape)


class _Readable(Protocol):
    """Something that bytes can be read from."""

    def read(self, count: int, /) -> bytes:
        """Return the next `count` bytes, or all remaining ones if there are fewer."""


def _read_header(stream: _Readable, rank: int | None, where: Path) -> IdxHeader:
    """Return what an IDX header states; `rank` is as for `decode_idx`."""
    magic = stream.read(_MAGIC_BYTES)
    if len(magic) < _MAGIC_BYTES or magic[:2] != b"\0\0":
        expected = "0000, type, dimensions" if rank is None else f"0000{_UNSIGNED_BYTE:02x}{rank:02x}"
        raise _damage("not an IDX file: wrong magic number", expected, magic.hex() or "an empty file", where)
    if magic[2] != _UNSIGNED_BYTE if rank is not None else magic[2] not in _TYPES:
        title = "an IDX file has another element type"
        expected = "type 0x08, unsigned byte" if rank is not None else "type 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e"
        raise _damage(title, expected, f"type 0x{magic[2]:02x}", where)
    if magic[3] != rank if rank is not None else not 0 < magic[3] <= _MOST_DIMENSIONS:
        title = "an IDX file has another number of dimensions"
        raise _damage(title, rank or f"1 to {_MOST_DIMENSIONS}", magic[3], where)
    counts = stream.read(_COUNT_BYTES * magic[3])
    if len(counts) < _COUNT_BYTES * magic[3]:
        title = "an IDX file ends inside its header"
        raise _damage(title, f"{_COUNT_BYTES * magic[3]} bytes of dimensions", len(counts), where)
    shape = struct.unpack(f">{magic[3]}I", counts)
    return IdxHeader(shape, np.dtype(_TYPES[magic[2]]), _MAGIC_BYTES + len(counts))


class _Inflater:
    """One gzip member, unpacked piece by piece; its length and CRC are checked at its end."""

    def __init__(self, packed: bytes, where: Path) -> None:
        if packed[:2] != _GZIP_MAGIC:
            raise _damage("not a gzip file", f"{_GZIP_MAGIC.hex()}...", packed[:2].hex() or "an empty file", where)
        self._engine = zlib.decompressobj(wbits=_GZIP_WINDOW)
        self._packed = packed
        self._where = where

    @property
    def rest(self) -> bytes:
        """The bytes after the end of the member, without zero bytes that only fill up a block."""
        return self._engine.unused_data.strip(b"\0")

    def read(self, count: int) -> bytes:
        """Return the next `count` > 0 unpacked bytes, or all remaining ones if there are fewer."""
        if self._engine.eof:
            return b""
        try:
            data = self._engine.decompress(self._packed, min(count, sys.maxsize))
        except zlib.error as error:
            raise _damage("a gzip file is damaged", "gzip data and CRC that agree", error, self._where) from None
        self._packed = self._engine.unconsumed_tail
        if len(data) < count and not self._engine.eof:
            found = "the file ends before the gzip member does"
            raise _damage("a gzip file is truncated", "a whole gzip member", found, self._where)
        return data


def _damage(title: str, expected: object, found: object, where: Path) -> DataError:
    return DataError(title, expected=expected, found=found, where=where, remedy=_REMEDY)
