"""Reads the headers of array files, and compares their elements block by block."""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, BinaryIO

import attrs
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_BLOCK = 2**18  # elements that are compared at a time
_LARGEST_HEADER = 2**24
_TYPES: Mapping[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1",
}  # fmt: skip
_WORDS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.uint64}


@attrs.frozen(kw_only=True)
class Header:
    """Type, shape and order of the elements that follow in a stream."""

    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    order: str

    @property
    def size(self) -> int:
        """How many elements there are."""
        return math.prod(self.shape)


@attrs.frozen(kw_only=True)
class Entry:
    """One tensor of a safetensors file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int

    @property
    def header(self) -> Header:
        """Its type and shape; a type that NumPy has not is read as bytes."""
        code = _TYPES.get(self.dtype)
        if code is None:
            return Header(dtype=np.dtype("|u1"), shape=(self.end - self.begin,), order="C")
        return Header(dtype=np.dtype(code), shape=self.shape, order="C")


@attrs.frozen(kw_only=True)
class TensorHeader:
    """What a safetensors file holds."""

    tensors: Mapping[str, Entry]
    metadata: Mapping[str, str]


@attrs.frozen(kw_only=True)
class Gap:
    """The first element in which two arrays differ.

    Args:
        index: its place.
        a: its value in the first array.
        b: its value in the second.
        ulp: how many representable numbers apart they are; None where that has no meaning.
        count: how many elements differ.
        size: how many there are.
    """

    index: tuple[int, ...]
    a: str
    b: str
    ulp: int | None
    count: int
    size: int


def read_header(stream: BinaryIO) -> Header:
    """Read the header of an npy file; the stream then stands at the first element.

    Raises:
        ValueError: it is damaged, or its elements are objects of Python.
    """
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError("elements are objects")
    return Header(dtype=dtype, shape=tuple(shape), order="F" if fortran else "C")


def read_tensor_header(stream: BinaryIO) -> tuple[TensorHeader, int]:
    """Read the header of a safetensors file; return it with the place of the first tensor.

    Raises:
        ValueError: it is damaged.
    """
    (length,) = struct.unpack("<Q", stream.read(8).ljust(8, b"\0"))
    if length > _LARGEST_HEADER:
        raise ValueError("the header is too large")
    value = json.loads(stream.read(length))
    metadata = {str(key): str(text) for key, text in value.pop("__metadata__", {}).items()}
    tensors = {
        name: Entry(
            dtype=entry["dtype"],
            shape=tuple(entry["shape"]),
            begin=int(entry["data_offsets"][0]),
            end=int(entry["data_offsets"][1]),
        )
        for name, entry in value.items()
    }
    return TensorHeader(tensors=tensors, metadata=metadata), 8 + length


def compare_elements(a: BinaryIO, b: BinaryIO, header: Header) -> Gap | None:
    """Compare two streams of elements of the same type and shape, block by block; None if all have the same bits."""
    size, count, first = header.dtype.itemsize, 0, None
    for start in range(0, header.size, _BLOCK):
        length = min(_BLOCK, header.size - start) * size
        left, right = (np.frombuffer(stream.read(length).ljust(length, b"\0"), np.uint8) for stream in (a, b))
        unequal = np.flatnonzero((left != right).reshape(-1, size).any(axis=1))
        count += unequal.size
        if first is None and unequal.size:
            place = int(unequal[0])
            cut = slice(place * size, (place + 1) * size)
            first = start + place, left[cut].tobytes(), right[cut].tobytes()
    if first is None:
        return None
    x, y = (np.frombuffer(data, header.dtype) for data in first[1:])
    index = np.unravel_index(first[0], header.shape, order="F" if header.order == "F" else "C")
    return Gap(
        index=tuple(map(int, index)), a=_write(x), b=_write(y), ulp=measure_ulp(x, y), count=count, size=header.size
    )


def measure_ulp(x: NDArray[np.generic], y: NDArray[np.generic]) -> int | None:
    """Return how many representable numbers two floating-point numbers are apart; None for others and for NaN."""
    if x.dtype.kind != "f" or x.dtype.itemsize not in (2, 4, 8):
        return None
    if bool(np.isnan(x).any()) or bool(np.isnan(y).any()):
        return None
    return abs(_rank(x) - _rank(y))


def _rank(x: NDArray[np.generic]) -> int:
    """Return the place of a number among all numbers of its type; -0.0 stands just before 0.0."""
    native = x.astype(x.dtype.newbyteorder("="))
    bits = int(native.view(_WORDS[x.dtype.itemsize])[0])
    sign = 1 << (8 * x.dtype.itemsize - 1)
    return bits if bits < sign else sign - 1 - bits


def _write(x: NDArray[np.generic]) -> str:
    """Return an element in words; NaN with its bits, because only they tell two of them apart."""
    if x.dtype.kind != "f":
        return repr(x.tolist()[0])
    if not bool(np.isnan(x).any()) or x.dtype.itemsize not in _WORDS:
        return str(x[0])
    bits = int(x.view(x.dtype.str.replace("f", "u"))[0])
    return f"{x[0]} (0x{bits:0{2 * x.dtype.itemsize}x})"
