"""Safetensors files: what the library writes is read, nothing that is damaged is; what is written has its bytes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from verify.errors import ApplianceError, CouldNotJudgeError
from verify.files.weights import format_tensors, parse_tensors

ARRAYS: dict[str, Any] = {
    "b": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a": np.array([1.5, -0.0]),
    "empty": np.zeros((0, 4), np.float32),
    "scalar": np.array(3, dtype=np.int64),
    "bytes": np.arange(3, dtype=np.uint8),
}


def pack(header: object, body: bytes = b"") -> bytes:
    """Return the bytes of a file with this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(dtype: str = "F32", shape: tuple[int, ...] = (1,), offsets: tuple[int, ...] = (0, 4)) -> dict[str, object]:
    """Return what a header says of one tensor."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_what_safetensors_writes_is_read() -> None:
    """Every array comes back with its name, type, shape and bytes; so does the metadata."""
    found, metadata = parse_tensors(save(ARRAYS, metadata={"digest": "x"}), "here")
    assert metadata == {"digest": "x"}
    assert list(found) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype.newbyteorder("<"), array.shape)
        assert found[name].tobytes() == array.astype(array.dtype.newbyteorder("<")).tobytes()
        assert not found[name].flags.writeable


def test_the_bytes_are_those_of_the_library() -> None:
    """For arrays in C order, of the types that a run has, the file is the one of the library, byte for byte."""
    arrays = {name: ARRAYS[name] for name in ("a", "b", "bytes")}
    assert format_tensors(arrays, "x") == save(arrays, metadata={"digest": "x"})


PLAIN = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
LAYOUTS = {
    "Fortran order": np.asfortranarray(PLAIN),
    "transposed": np.ascontiguousarray(PLAIN.transpose(2, 0, 1)).transpose(1, 2, 0),
    "strided": np.repeat(PLAIN, 2, axis=2)[:, :, ::2],
    "backwards": np.ascontiguousarray(PLAIN[::-1, :, ::-1])[::-1, :, ::-1],
    "big-endian": PLAIN.astype(">f4"),
    "big-endian and Fortran order": np.asfortranarray(PLAIN.astype(">f4")),
    "read-only": np.broadcast_to(PLAIN, PLAIN.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_in_memory_changes_the_file(layout: str) -> None:
    """Arrays of equal elements give equal bytes, whatever their order in memory; the library reads them back."""
    array = LAYOUTS[layout]
    assert np.array_equal(array, PLAIN)
    data = format_tensors({"a": array}, "x")
    assert data == format_tensors({"a": PLAIN}, "x")
    assert np.array_equal(load(data)["a"], PLAIN)
    assert np.array_equal(parse_tensors(data, "here").arrays["a"], PLAIN)


def test_a_type_that_the_format_lacks_is_refused() -> None:
    """Complex numbers are not written as something else."""
    with pytest.raises(TypeError, match="complex"):
        format_tensors({"a": np.zeros(2, np.complex64)}, "x")


def test_without_metadata_there_is_none() -> None:
    """Metadata is optional."""
    assert parse_tensors(save({"a": np.zeros(1)}), "here").metadata == {}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234567",
        b"\xff" * 8,
        (9).to_bytes(8, "little") + b"{}",
        pack(b"{"),
        pack([]),
        pack(b'{"a": 1, "a": 1}'),
        pack({"a": 1}),
        pack({"a": {**entry(), "more": 1}}, b"1234"),
        pack({"a": entry("BF17")}, b"1234"),
        pack({"a": entry(shape=(2,))}, b"1234"),
        pack({"a": entry(shape=(-1,))}, b"1234"),
        pack({"a": entry(shape=(2**63, 2**63))}, b"1234"),
        pack({"a": entry(shape=(0, 2**63), offsets=(0, 0))}),
        pack({"a": entry(shape=(0, 2**64), offsets=(0, 0))}),
        pack({"a": entry(shape=(0, *[1] * 99), offsets=(0, 0))}),
        pack({"a": entry(offsets=(0, 8))}, b"12345678"),
        pack({"a": entry(offsets=(0,))}, b"1234"),
        pack({"a": entry()}, b"123"),
        pack({"a": entry()}, b"12345"),
        pack({"a": entry(), "b": entry()}, b"1234"),
        pack({"a": entry(), "b": entry(offsets=(8, 12))}, b"123456789012"),
        pack({"__metadata__": {"a": 1}}),
        pack({"__metadata__": []}),
    ],
)
def test_a_damaged_file_is_refused(data: bytes) -> None:
    """A wrong length, shape, type or place, a gap and an overlap are errors that name the source."""
    with pytest.raises(CouldNotJudgeError) as caught:
        parse_tensors(data, "here")
    assert caught.value.where == "here"


@given(st.integers(0, 10**6), st.integers(0, 7))
def test_no_flipped_bit_ends_in_a_traceback(place: int, bit: int) -> None:
    """Whatever bit is flipped, there are arrays or one of the project's errors."""
    data = bytearray(save(ARRAYS, metadata={"digest": "x"}))
    data[place % len(data)] ^= 1 << bit
    try:
        parse_tensors(bytes(data), "here")
    except ApplianceError as error:
        assert error.exit_code == 3  # noqa: PT017 - other arrays are a good outcome, too
