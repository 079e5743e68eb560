"""Files of arrays of other programs: read back, in their order in memory, or refused."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from verify.errors import CouldNotJudgeError, UsageError
from verify.files import arrays
from verify.files.arrays import list_arrays, load_array
from verify.files.weights import format_tensors

if TYPE_CHECKING:
    from pathlib import Path

W = np.arange(6, dtype=np.float32).reshape(2, 3)


def write_tensors(path: Path, code: str, data: bytes, shape: list[int]) -> Path:
    """Write a safetensors file of one tensor of any type."""
    header = json.dumps({"w": {"dtype": code, "shape": shape, "data_offsets": [0, len(data)]}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + data)
    return path


def test_npy_keeps_type_shape_and_order(tmp_path: Path) -> None:
    """The one array has a name of its own; Fortran order survives."""
    for array in (W, np.asfortranarray(W), np.array(3.5), np.zeros((0, 4)), W.astype(">f8"), np.array(["a", "bc"])):
        np.save(tmp_path / "x.npy", array)
        (name,) = list_arrays(tmp_path / "x.npy")
        found = load_array(tmp_path / "x.npy", name)
        assert found.dtype == array.dtype
        assert found.flags.f_contiguous == array.flags.f_contiguous
        np.testing.assert_array_equal(found, array)


def test_npz_is_read_array_by_array(tmp_path: Path) -> None:
    """Packed or not."""
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "x.npz", b=W, a=W.T)
        assert list_arrays(tmp_path / "x.npz") == ("a", "b")
        np.testing.assert_array_equal(load_array(tmp_path / "x.npz", "a"), W.T)


def test_safetensors_of_any_writer_are_read(tmp_path: Path) -> None:
    """Ours, and types that NumPy has not, as their bits or bytes."""
    (tmp_path / "x.safetensors").write_bytes(format_tensors({"w": W}, ""))
    np.testing.assert_array_equal(load_array(tmp_path / "x.safetensors", "w"), W)
    brain = write_tensors(tmp_path / "b.safetensors", "BF16", b"\x80\x3f\x00\x40", [2])
    assert load_array(brain, "w").tolist() == [0x3F80, 0x4000]
    small = write_tensors(tmp_path / "c.safetensors", "F8_E4M3", b"\x01\x02\x03", [3])
    assert load_array(small, "w").tolist() == [1, 2, 3]


def make_bomb() -> bytes:
    """Return an npy file that promises more than it has."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (2**28,)})
    return stream.getvalue()


def make_objects() -> bytes:
    """Return an npy file of Python objects, which would be executed."""
    stream = io.BytesIO()
    np.save(stream, np.array([{}], dtype=object), allow_pickle=True)
    return stream.getvalue()


def save(array: Any) -> bytes:  # noqa: ANN401 - anything that makes an array
    """Return an npy file."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def load_all(path: Path) -> None:
    """Read every array of a file."""
    for name in list_arrays(path):
        load_array(path, name)


DAMAGES = {
    "cut.npy": save(W)[:-3],
    "objects.npy": make_objects(),
    "bomb.npy": make_bomb(),
    "header.npy": save(W)[:9],
    "token.npy": save(W)[:10] + b"{'descr': (" + save(W)[21:],
    "text.npy": b"hello",
    "empty.npy": b"",
    "cut.npz": b"PK\x03\x04 and nothing more",
    "cut.safetensors": format_tensors({"w": W}, "")[:-3],
    "header.safetensors": b"\xff" * 30,
    "list.safetensors": (2).to_bytes(8, "little") + b"[]",
    "negative.safetensors": (69).to_bytes(8, "little")
    + json.dumps({"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}).encode().ljust(69)
    + b"1234",
}


REASONS = {
    "cut.npy": "ends before the last element",
    "objects.npy": "elements are objects",
    "token.npy": "the header is damaged",
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damage_is_an_error(name: str, tmp_path: Path) -> None:
    """Never a traceback, never much memory, and nothing is executed."""
    path = tmp_path / name
    path.write_bytes(DAMAGES[name])
    with pytest.raises(CouldNotJudgeError, match="cannot be read") as caught:
        load_all(path)
    assert REASONS.get(name, "") in str(caught.value.found)


def test_a_member_that_is_no_array_is_an_error(tmp_path: Path) -> None:
    """As in any archive."""
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("a.npy", "no array")
    with pytest.raises(CouldNotJudgeError, match="cannot be read") as caught:
        load_array(tmp_path / "x.npz", "a")
    assert "a" in str(caught.value.where)


def test_an_array_beyond_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is read."""
    monkeypatch.setattr(arrays, "LARGEST", 10)
    np.save(tmp_path / "x.npy", W)
    with pytest.raises(CouldNotJudgeError) as caught:
        load_array(tmp_path / "x.npy", "array")
    assert "too large" in str(caught.value.found)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """Or that is no file."""
    for path in (tmp_path / "none.npy", tmp_path):
        with pytest.raises(UsageError):
            list_arrays(path)
