"""Arrays in npy files, which stay in the file if they are large, and in npz files."""

from __future__ import annotations

import math
import os
import warnings
import zipfile
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np

from appliance.data.readers.damage import make_damage, report_damage
from appliance.data.rows import MemoryRows
from appliance.data.stamps import read_stamp
from appliance.data.stored_rows import StoredRows
from verify.files.reading import open_regular

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.data.rows import Rows

IN_MEMORY = 1 << 28
"""The size in bytes up to which the elements of a file are read at once."""
_KINDS = "biuf"
_LARGEST_ITEM = 8
_MOST_MEMBERS = 1 << 16
_DENSEST = 1032  # no byte of a deflate stream can stand for more bytes
_LONGEST_HEADER = 1 << 16
_NPY = "an npy file of numbers"
_NPZ = "an npz file, as numpy.savez writes it"


class _Header(NamedTuple):
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def size(self) -> int:
        """The number of bytes of all elements."""
        return math.prod(self.shape) * self.dtype.itemsize


def open_npy(path: Path) -> Rows:
    """Return the rows (n, ...) of an npy file; a large one stays in its file and is read row by row.

    Raises:
        DataError: the file cannot be read, is damaged, or has elements that are no plain numbers.
    """
    with report_damage("an npy file cannot be read", _NPY, path), open_regular(path, what="a data file") as file:
        header, offset = _read_header(file, path), file.tell()
        _require_size(header, os.fstat(file.fileno()).st_size - offset, path)
        stamp = read_stamp(file)
    rows = StoredRows(path=path, stored_shape=header.shape, offset=offset, stamp=stamp, stored_dtype=header.dtype)
    if header.fortran and len(header.shape) > 1:
        turned = attrs.evolve(rows, stored_shape=header.shape[::-1]).read()
        return MemoryRows(np.ascontiguousarray(turned.T))
    return rows if header.size > IN_MEMORY else MemoryRows(rows.read())


def read_npz(path: Path, name: str) -> Rows:
    """Return the rows (n, ...) of one array of an npz file, in memory.

    Raises:
        DataError: the file cannot be read, is damaged, has no such array, or elements that are no plain numbers.
    """
    with (
        report_damage("an npz file cannot be read", _NPZ, path),
        open_regular(path, what="a data file") as file,
        zipfile.ZipFile(file) as archive,
    ):
        members = archive.namelist()
        if f"{name}.npy" not in members:
            arrays = sorted(member.removesuffix(".npy") for member in members[:_MOST_MEMBERS])
            raise make_damage(
                "an npz file has no array of this name",
                " or ".join(arrays[:10]) or "at least one array",
                name,
                path,
                "name one of its arrays: mine.npz:name",
            )
        return MemoryRows(_read_member(archive, f"{name}.npy", path))


def list_arrays(path: Path) -> list[str]:
    """Return the names of the arrays of an npz file, sorted.

    Raises:
        DataError: the file cannot be read.
    """
    with (
        report_damage("an npz file cannot be read", _NPZ, path),
        open_regular(path, what="a data file") as file,
        zipfile.ZipFile(file) as archive,
    ):
        return sorted(member.removesuffix(".npy") for member in archive.namelist()[:_MOST_MEMBERS])


def _read_member(archive: zipfile.ZipFile, member: str, path: Path) -> Any:  # noqa: ANN401 - an array of numbers
    info, where = archive.getinfo(member), f"{path}, {member}"
    if info.file_size > info.compress_size * _DENSEST:
        raise make_damage("an npz file states an impossible size", f"{info.compress_size} bytes", info.file_size, where)
    with archive.open(info) as stream:
        header, offset = _read_header(stream, where), stream.tell()
        _require_size(header, info.file_size - offset, where)
        data = stream.read()
    _require_size(header, len(data), where)
    plain = np.frombuffer(data, dtype=header.dtype) if data else np.empty(0, dtype=header.dtype)
    values = plain.reshape(header.shape, order="F" if header.fortran else "C")
    return np.ascontiguousarray(values.astype(header.dtype.newbyteorder("="), copy=False))


class _HeaderStream:
    """A stream that gives few bytes at once, so that no header can promise gigabytes."""

    def __init__(self, stream: IO[bytes] | Any) -> None:  # noqa: ANN401 - a raw file is no IO
        self._stream = stream

    def read(self, count: int = -1, /) -> bytes:
        """Return the next bytes."""
        if not 0 <= count <= _LONGEST_HEADER:
            raise ValueError(f"a header of {count} bytes")
        data: bytes = self._stream.read(count)
        return data


_READERS: dict[tuple[int, int], Callable[[Any], tuple[tuple[int, ...], bool, np.dtype[Any]]]] = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def _read_header(stream: IO[bytes] | Any, where: object) -> _Header:  # noqa: ANN401 - a raw file is no IO
    """Return what an npy header states.

    Raises:
        DataError: the elements are no plain numbers, or there are no rows.
    """
    limited = _HeaderStream(stream)
    version = np.lib.format.read_magic(limited)
    if version not in _READERS:
        raise make_damage("an npy file has an unknown version", "1.0 or 2.0", ".".join(map(str, version)), where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a header that Python 2 wrote is read as well
        shape, fortran, dtype = _READERS[version](limited)
    if dtype.kind not in _KINDS or dtype.itemsize > _LARGEST_ITEM or dtype.hasobject:
        expected = "whole numbers, floats of at most 64 bits, or truth values"
        found = "Python objects, which are never loaded" if dtype.hasobject else str(dtype)
        remedy = "save the array with one of these types: array.astype(numpy.float32)"
        raise make_damage("an array has elements that are no plain numbers", expected, found, where, remedy)
    if not shape or any(type(length) is not int or length < 0 for length in shape):
        raise make_damage("an array has no rows", "one dimension or more, samples first", str(shape), where)
    return _Header(tuple(shape), dtype, bool(fortran))


def _require_size(header: _Header, found: int, where: object) -> None:
    if found != header.size:
        what = f"{header.size} bytes for shape {header.shape} of {header.dtype}"
        raise make_damage("an array has another size than its header states", what, f"{found} bytes", where)
