"""The npz file beside a golden of arrays: whole arrays by their digests, read with limits and without pickles."""

from __future__ import annotations

import io
import math
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from verify.errors import CouldNotJudgeError, UsageError
from verify.files.reading import MEBIBYTE, open_regular
from verify.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    Array = NDArray[np.generic]

LIMIT = 1024 * MEBIBYTE
_MOST_MEMBERS = 2**16
_HEADER = 2**16  # bytes that an npy header may have
_DAMAGES = (ValueError, TypeError, OSError, EOFError, RuntimeError, OverflowError, zipfile.BadZipFile)
_EXPECTED = "an npz file that --golden-values wrote"


def locate_store(golden: Path) -> Path:
    """Return the file of values that belongs to a golden of arrays."""
    return golden.with_suffix(".npz")


def format_store(arrays: Mapping[str, Array]) -> bytes:
    """Return the bytes of an npz file, the same for the same arrays: sorted, not compressed, without dates.

    Args:
        arrays: little-endian arrays by their digests.

    Raises:
        UsageError: they are too large.
    """
    total = 0
    for array in arrays.values():
        total += array.nbytes
    if total > LIMIT:
        raise UsageError(
            "the values of a golden are too large",
            expected=f"at most {LIMIT} bytes for one test file",
            found=f"{total} bytes",
            remedy="record digests only, without --golden-values, or split the test file",
        )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for digest, array in sorted(arrays.items()):
            with archive.open(zipfile.ZipInfo(f"{_name_member(digest)}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return stream.getvalue()


def write_store(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write the arrays whole or not at all; without any, the file is removed.

    Raises:
        UsageError: they are too large, or the file cannot be written.
    """
    if arrays:
        write_whole(path, format_store(arrays), what="the values of a golden")
    elif path.exists():
        path.unlink()


def list_stored(path: Path) -> list[str]:
    """Return the digests of the arrays in a file; none where there is no file.

    Raises:
        CouldNotJudgeError: the file is damaged.
    """
    if not path.exists():
        return []
    with _open(path) as archive:
        return [f"sha256:{name.removesuffix('.npy')}" for name in archive.namelist()]


def read_stored(path: Path, digest: str) -> Array | None:
    """Return one array of a file; None where it is not there.

    The caller compares its digest.

    Raises:
        CouldNotJudgeError: the file is damaged.
    """
    if not path.exists():
        return None
    with _open(path) as archive:
        member = f"{_name_member(digest)}.npy"
        if member not in archive.namelist():
            return None
        try:
            return _read_member(archive, member)
        except _DAMAGES as error:
            raise _refuse(path, error) from error


def _name_member(digest: str) -> str:
    return digest.removeprefix("sha256:")


def _read_member(archive: zipfile.ZipFile, member: str) -> Array:
    info = archive.getinfo(member)
    if info.compress_type != zipfile.ZIP_STORED or info.file_size > LIMIT:
        raise ValueError(f"{member} is compressed or too large")
    with archive.open(info) as stream:
        shape, dtype = _read_header(stream)
        size = math.prod(shape) * dtype.itemsize
        if size > info.file_size or info.file_size > size + _HEADER:
            raise ValueError(f"{member} has another size than its header says")
        data = stream.read(size + 1)
    if len(data) != size:
        raise ValueError(f"{member} has another size than its header says")
    return np.frombuffer(data, dtype=dtype).reshape(shape) if size else np.zeros(shape, dtype=dtype)


def _read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[np.generic]]:
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if fortran or dtype.hasobject or any(length < 0 for length in shape):
        raise ValueError("an array is not in C order, or its elements are objects")
    return tuple(shape), dtype


@contextmanager
def _open(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a file of values; a damaged one is an error of this project."""
    with open_regular(path, what="the values of a golden") as stream:
        try:
            archive = zipfile.ZipFile(stream)
        except _DAMAGES as error:
            raise _refuse(path, error) from error
        with archive:
            if len(archive.namelist()) > _MOST_MEMBERS:
                raise _refuse(path, f"more than {_MOST_MEMBERS} arrays")
            yield archive


def _refuse(path: Path, reason: object) -> CouldNotJudgeError:
    return CouldNotJudgeError(
        "the values of a golden cannot be read",
        expected=_EXPECTED,
        found=reason,
        where=path,
        remedy="restore the file from version control",
    )
