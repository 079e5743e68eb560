"""Outputs compared by their contents, format by format."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.vary.comparing.contents import LARGEST_JSON, read_output
from appliance.vary.comparing.differences import find_difference

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.vary.comparing.single import Difference
    from appliance.vary.trial import Output

_X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)


def _compare(folder: Path, a: bytes, b: bytes, name: str) -> tuple[Output, Output, Difference | None]:
    left, right = folder / "a", folder / "b"
    left.write_bytes(a)
    right.write_bytes(b)
    return read_output(left, name), read_output(right, name), find_difference(left, right, name)


def _npy(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def _changed() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    y = _X.copy()
    y[1, 2] = np.nextafter(y[1, 2], np.float32(9))
    y[2, 3] = 7
    return y


def _png(rows: list[bytes], kind: int, text: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    width = len(rows[0]) // 3
    lines = [rows[0], *rows[1:]]
    if kind == 2:
        lines = [
            bytes((x - y) % 256 for x, y in zip(row, above, strict=True))
            for above, row in zip([bytes(len(rows[0])), *rows], rows, strict=False)
        ]
    if kind == 1:
        lines = [bytes((x - (row[i - 3] if i >= 3 else 0)) % 256 for i, x in enumerate(row)) for row in rows]
    head = struct.pack(">IIBBBBB", width, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"".join(bytes([kind]) + line for line in lines))
    extra = chunk(b"tEXt", text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def test_single_number_has_no_place(tmp_path: Path) -> None:
    """An array without dimensions has one value."""
    _, _, found = _compare(tmp_path, _npy(np.array(1.0)), _npy(np.array(2.0)), "out.npy")
    assert found is not None
    assert found.where == "value"


def test_arrays_differ_by_element_and_ulp(tmp_path: Path) -> None:
    """The first element that differs, both values, the distance, and how many differ."""
    a, b, found = _compare(tmp_path, _npy(_X), _npy(_changed()), "out.npy")
    assert a.content != b.content
    assert found is not None
    assert found.where == "element [1, 2]"
    assert (found.ulp, found.count, found.size) == (1, 2, 12)


@pytest.mark.parametrize(
    ("x", "y", "ulp"),
    [(0.0, -0.0, 0), (1.0, -1.0, 2 * 0x3F800000), (float("nan"), 1.0, None), (5e-45, -5e-45, 8)],
)
def test_distance_in_ulp(tmp_path: Path, x: float, y: float, ulp: int | None) -> None:
    """Both zeros are one number, signs are crossed, NaN has no distance."""
    found = _compare(tmp_path, _npy(np.array([x], np.float32)), _npy(np.array([y], np.float32)), "out.npy")[2]
    assert found is not None
    assert found.ulp == ulp


def test_numbers_inside_nan_are_told(tmp_path: Path) -> None:
    """Two NaN with unequal bits are shown with their bits, in both orders of bytes."""
    for order in "<>":
        x, y = (np.array([1, 0x7FC00000 + number], f"{order}u4").view(f"{order}f4") for number in (1, 2))
        _, _, found = _compare(tmp_path, _npy(x), _npy(y), "v.npy")
        assert found is not None
        assert (found.a, found.b, found.ulp) == ("nan (0x7fc00001)", "nan (0x7fc00002)", None)


def test_types_shapes_and_orders_are_told(tmp_path: Path) -> None:
    """Equal values in another type, shape or memory order are a difference with its name."""
    others = (_X.astype(np.float64), _X.reshape(4, 3), np.asfortranarray(_X))
    places = [_compare(tmp_path, _npy(_X), _npy(other), "x.npy")[2] for other in others]
    assert [place.where for place in places if place] == ["type", "shape", "memory order"]


def test_zip_with_other_times_is_equal(tmp_path: Path) -> None:
    """Members are compared, times are not, and a changed member is named with its element."""

    def pack(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]], year: int) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(zipfile.ZipInfo("w.npy", (year, 1, 1, 0, 0, 0)), _npy(array))
        return buffer.getvalue()

    a, b, found = _compare(tmp_path, pack(_X, 2000), pack(_X, 2001), "w.npz")
    assert a.content == b.content
    assert a.raw != b.raw
    assert a.stamps == ("time stamps in the zip header",)
    assert found is None
    found = _compare(tmp_path, pack(_X, 2000), pack(_changed(), 2000), "w.npz")[2]
    assert found is not None
    assert found.where == "member w.npy element [1, 2]"


def test_gzip_with_another_time_is_equal(tmp_path: Path) -> None:
    """A time stamp in the header is told, and the contents are compared."""
    a, b, found = _compare(tmp_path, gzip.compress(_npy(_X), mtime=1), gzip.compress(_npy(_X), mtime=2), "x.npy.gz")
    assert a.content == b.content
    assert a.stamps == ("a time stamp in the gzip header",)
    assert found is None
    found = _compare(tmp_path, gzip.compress(_npy(_X)), gzip.compress(_npy(_changed())), "x.npy.gz")[2]
    assert found is not None
    assert found.ulp == 1


def test_tar_with_other_times_is_equal(tmp_path: Path) -> None:
    """Members of a tar archive are compared without their times."""

    def pack(data: bytes, time: int) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            info = tarfile.TarInfo("inner.txt")
            info.size, info.mtime = len(data), time
            archive.addfile(info, io.BytesIO(data))
        return buffer.getvalue()

    a, b, _ = _compare(tmp_path, pack(b"1\n", 1), pack(b"1\n", 2), "x.tar")
    assert a.content == b.content
    assert a.kind == "tar"
    found = _compare(tmp_path, pack(b"1\n", 1), pack(b"2\n", 1), "x.tar")[2]
    assert found is not None
    assert found.where == "member inner.txt line 1"


def test_json_is_compared_value_by_value(tmp_path: Path) -> None:
    """The order of keys does not count; the first value that differs is named by its path."""
    one, other = {"a": [1.5, {"b": 0.1}], "c": 1}, {"c": 1, "a": [1.5, {"b": 0.1 + 2**-56}]}
    a, b, found = _compare(tmp_path, json.dumps(one).encode(), json.dumps(other).encode(), "x.json")
    assert a.content != b.content
    assert found is not None
    assert (found.where, found.ulp, found.count) == ("value $.a[1].b", 1, 1)
    swapped = json.dumps(dict(reversed(one.items()))).encode()
    a, b, found = _compare(tmp_path, json.dumps(one).encode(), swapped, "x.json")
    assert a.content == b.content
    assert found is None


def test_tables_and_texts_name_line_and_column(tmp_path: Path) -> None:
    """A table is compared cell by cell, a text word by word."""
    found = _compare(tmp_path, b"x,y\n1,0.5\n", b"x,y\n1,0.25\n", "x.csv")[2]
    assert found is not None
    assert (found.where, found.a, found.b) == ("line 2, column 2", "0.5", "0.25")
    found = _compare(tmp_path, b"loss = 0.5\n", b"loss = 0.75\nmore\n", "x.txt")[2]
    assert found is not None
    assert (found.where, found.a, found.b, found.count) == ("line 1", "0.5", "0.75", 2)


def test_pictures_are_compared_by_pixels(tmp_path: Path) -> None:
    """Another filter and a text in the file change nothing; a pixel does, and is named."""
    rows = [bytes(range(number, number + 12)) for number in (0, 40, 90)]
    for kind in (1, 2):
        a, b, found = _compare(tmp_path, _png(rows, 0), _png(rows, kind, b"Time\0now"), "x.png")
        assert a.content == b.content
        assert a.kind == "png"
    other = [*rows[:2], rows[2][:4] + b"\xff" + rows[2][5:]]
    found = _compare(tmp_path, _png(rows, 0), _png(other, 1), "x.png")[2]
    assert found is not None
    assert (found.where, found.count, found.size) == ("row 2, column 1", 1, 12)


def test_safetensors_are_compared_by_tensor(tmp_path: Path) -> None:
    """The tensor and the element are named."""

    def pack(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> bytes:
        header = json.dumps({"w": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, 48]}}).encode()
        return struct.pack("<Q", len(header)) + header + array.tobytes()

    found = _compare(tmp_path, pack(_X), pack(_changed()), "x.safetensors")[2]
    assert found is not None
    assert found.where == "tensor w element [1, 2]"


def test_large_json_is_never_loaded_whole(tmp_path: Path) -> None:
    """Values of JSON need far more memory than its text: a large file is compared byte by byte, without loading it."""
    size = LARGEST_JSON + 1
    one, other = (b'["' + b"x" * size + end + b'"]' for end in (b"a", b"b"))
    tracemalloc.start()
    try:
        a, b, found = _compare(tmp_path, one, other, "x.json")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert a.content != b.content
    assert found is not None
    assert found.where == f"byte {size + 2}"
    assert peak < 5 * LARGEST_JSON


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.json", "x.png", "x.safetensors", "x.gz", "x.bin"])
def test_damaged_files_are_compared_as_bytes(tmp_path: Path, name: str) -> None:
    """A file that is not what it seems is compared byte by byte."""
    heads = {"npy": b"\x93NUMPY", "npz": b"PK\x03\x04", "png": b"\x89PNG\r\n\x1a\n", "gz": b"\x1f\x8b"}
    head = heads.get(name.partition(".")[2], b"{")
    a, b, found = _compare(tmp_path, head + b"\xff\x00\x01", head + b"\xff\x00\x02", name)
    assert (a.kind, b.kind) == ("bytes", "bytes")
    assert a.content != b.content
    assert found is not None
    assert found.where == f"byte {len(head) + 2}"


@pytest.mark.parametrize(
    "header", [b"[]", b'"x"', b"true", b'{"__metadata__": 1}', b'{"w": []}', b'{"w": {"dtype": "F32", "shape": 1}}']
)
def test_safetensors_with_another_header_are_compared_as_bytes(tmp_path: Path, header: bytes) -> None:
    """A header that is JSON, and no table of tensors, is damage."""
    one, other = (len(header).to_bytes(8, "little") + header + end for end in (b"a", b"b"))
    a, b, found = _compare(tmp_path, one, other, "x.safetensors")
    assert (a.kind, b.kind) == ("bytes", "bytes")
    assert found is not None
    assert found.where == f"byte {8 + len(header)}"


def test_large_files_are_not_loaded_whole(tmp_path: Path) -> None:
    """A file with a difference behind the first blocks is compared to its end."""
    data = np.zeros(700_000, np.float64)
    other = data.copy()
    other[600_001] = 5e-324
    found = _compare(tmp_path, _npy(data), _npy(other), "x.npy")[2]
    assert found is not None
    assert (found.where, found.ulp, found.count) == ("element [600001]", 1, 1)
