"""Arrays in npy, npz and IDX files: read as they were written, or refused with one error."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.data import MemoryRows
from appliance.data.readers import arrays, npy
from appliance.data.readers.arrays import open_array, split_reference
from appliance.data.stored_rows import StoredRows
from appliance.errors import DataError
from support.edits import swap

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

TYPES = ("|b1", "|u1", "|i1", "<u2", ">i2", "<i4", ">u4", "<i8", ">u8", "<f2", ">f4", "<f4", ">f8", "<f8")
VALUES = np.arange(24).reshape(6, 2, 2)
IDX_TYPES = {"u1": 8, "i1": 9, ">i2": 0x0B, ">i4": 0x0C, ">f4": 0x0D, ">f8": 0x0E}


def write_npy(values: NDArray[Any]) -> bytes:
    """Return the bytes of an npy file."""
    stream = io.BytesIO()
    np.save(stream, values)
    return stream.getvalue()


def write_idx(values: NDArray[Any]) -> bytes:
    """Return the bytes of an IDX file of any of its types."""
    kind = next(number for name, number in IDX_TYPES.items() if np.dtype(name) == values.dtype)
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, kind, values.ndim, *values.shape) + values.tobytes()


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("large", [False, True])
def test_npy_is_read_as_it_was_written(
    dtype: str, order: str, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any type of numbers, byte order and order of elements; large files stay on the disk, if their order allows it."""
    monkeypatch.setattr(npy, "IN_MEMORY", 0 if large else 1 << 20)
    values = np.array(VALUES.astype(dtype), order=order)  # type: ignore[call-overload]
    (tmp_path / "x.npy").write_bytes(write_npy(values))
    rows = open_array(tmp_path / "x.npy", "")
    assert isinstance(rows, StoredRows if large and order == "C" else MemoryRows)
    assert rows.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(rows.read(), values)
    assert np.array_equal(rows.flatten().take(np.array([3, 1])), values[[3, 1]].reshape(2, 4))


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_is_read_as_it_was_written(dtype: str, save: Callable[..., None], tmp_path: Path) -> None:
    """An array is found by its name, compressed or not."""
    save(tmp_path / "x.npz", first=VALUES[:2], second=np.asfortranarray(VALUES.astype(dtype)), third=np.zeros((0, 3)))
    rows = open_array(tmp_path / "x.npz", "second")
    assert rows.dtype == np.dtype(dtype).newbyteorder("=")
    assert np.array_equal(rows.read(), VALUES.astype(dtype))
    assert open_array(tmp_path / "x.npz", "third").shape == (0, 3)


@pytest.mark.parametrize("dtype", sorted(IDX_TYPES))
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
def test_idx_is_read_as_it_was_written(
    dtype: str, packed: bool, large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any element type and any number of dimensions, in gzip or not."""
    monkeypatch.setattr(arrays, "IN_MEMORY", 0 if large else 1 << 20)
    values = VALUES.astype(dtype)
    for name, array in (("x", values), ("y", values[:, 0, 0])):
        path = tmp_path / (f"{name}.gz" if packed else name)
        path.write_bytes(gzip.compress(write_idx(array)) if packed else write_idx(array))
        rows = open_array(path, "")
        assert rows.dtype == np.dtype(dtype).newbyteorder("=")
        assert np.array_equal(rows.read(), array)


class Hostile:
    """An object that would write a file if it were unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str, str]]:
        return open, ("unpickled", "w")


DAMAGES: dict[str, tuple[str, str, bytes, str]] = {
    "empty npy": (".npy", "", b"", "cannot be read"),
    "no npy": (".npy", "", b"a,b\n1,2\n", "cannot be read"),
    "truncated npy": (".npy", "", write_npy(VALUES)[:-1], "another size"),
    "longer npy": (".npy", "", write_npy(VALUES) + b"\0", "another size"),
    "header of npy only": (".npy", "", write_npy(VALUES)[:50], "cannot be read"),
    "huge header": (".npy", "", b"\x93NUMPY\x02\x00\xff\xff\xff\xff" + b" " * 100, "cannot be read"),
    "unknown version": (".npy", "", b"\x93NUMPY\x09\x00" + b" " * 100, "unknown version"),
    "huge shape": (
        ".npy",
        "",
        swap(write_npy(VALUES), b"(6, 2, 2)", b"(9999999,)"[:9]),
        "another size|cannot be read",
    ),
    "objects": (".npy", "", b"", "no plain numbers"),
    "texts": (".npy", "", write_npy(np.array(["a", "b"])), "no plain numbers"),
    "complex numbers": (".npy", "", write_npy(np.zeros(3, complex)), "no plain numbers"),
    "dates": (".npy", "", write_npy(np.zeros(3, "M8[s]")), "no plain numbers"),
    "records": (".npy", "", write_npy(np.zeros(3, [("a", "i4")])), "no plain numbers"),
    "a single number": (".npy", "", write_npy(np.array(3.0)), "no rows"),
    "no npz": (".npz", "x", b"PK", "cannot be read"),
    "no name": (".npz", "", b"", "several arrays"),
    "unknown type of IDX": ("", "", b"\0\0\x07\1" + b"\0\0\0\1" + b"a", "another element type"),
    "too many dimensions": ("", "", b"\0\0\x08\xff" + b"\0" * 1020, "another number of dimensions"),
    "no dimensions": ("", "", b"\0\0\x08\0a", "another number of dimensions"),
    "short IDX of floats": ("", "", write_idx(VALUES.astype(">f4"))[:-4], "fewer elements"),
    "empty IDX": ("", "", b"", "wrong magic number"),
    "no gzip": (".gz", "", write_idx(VALUES.astype("u1")), "not a gzip file"),
}


@pytest.mark.parametrize("name", sorted(DAMAGES))
def test_damaged_files_are_refused(name: str, tmp_path: Path) -> None:
    """Every damage is one error with a remedy that names the file; objects are never loaded."""
    suffix, array, data, title = DAMAGES[name]
    if name == "objects":
        data = write_npy(np.array([Hostile()], dtype=object))
    path = tmp_path / f"mine{suffix}"
    path.write_bytes(data)
    with pytest.raises(DataError, match=title) as caught:
        open_array(path, array)
    assert str(path) in str(caught.value.where)
    assert caught.value.remedy
    assert not (tmp_path / "unpickled").exists()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    """A file that is not there is called missing, whatever its kind."""
    for name in ("x.npy", "x.npz", "x.gz", "x"):
        with pytest.raises(DataError, match="missing"):
            open_array(tmp_path / name, "x")


def test_damaged_npz_files_are_refused(tmp_path: Path) -> None:
    """A truncated archive, a wrong checksum, another name, and a member that is no array."""
    path = tmp_path / "x.npz"
    np.savez(path, x=VALUES)
    sound = path.read_bytes()
    for damaged in (sound[: len(sound) // 2], swap(sound, VALUES.tobytes(), VALUES[::-1].tobytes())):
        path.write_bytes(damaged)
        with pytest.raises(DataError, match="cannot be read"):
            open_array(path, "x")
    path.write_bytes(sound)
    with pytest.raises(DataError, match="no array of this name") as caught:
        open_array(path, "y")
    assert (caught.value.expected, caught.value.found) == ("x", "y")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", b"no array")
    with pytest.raises(DataError, match="cannot be read"):
        open_array(path, "x")


def test_an_npz_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    """A member that states a size which no compression can reach is not unpacked."""
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=VALUES)
    data = path.read_bytes()
    size = struct.pack("<I", len(write_npy(VALUES)))
    assert data.count(size) >= 1
    at = data.rindex(size)  # in the central directory
    path.write_bytes(data[:at] + struct.pack("<I", 2**31) + data[at + 4 :])
    with pytest.raises(DataError, match="impossible size"):
        open_array(path, "x")


def test_references() -> None:
    """A name follows the path of an npz file, and only there."""
    assert split_reference("a/b.npz:c:d") == ("a/b.npz", "c:d")
    assert split_reference("a:b.npy") == ("a:b.npy", "")
