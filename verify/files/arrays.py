"""Arrays in the files of other programs: npy, npz and safetensors, by name."""

from __future__ import annotations

import io
import json
import math
import struct
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, BinaryIO

import attrs
import numpy as np

from verify.errors import CouldNotJudgeError
from verify.files.reading import MEBIBYTE, open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from numpy.typing import NDArray

    Array = NDArray[np.generic]

SUFFIXES = (".npy", ".npz", ".safetensors")
LARGEST = 4096 * MEBIBYTE
"""Bytes of one array that are read."""
_LARGEST_HEADER = 2**24
_PART = 2**24  # bytes that are read at a time
_MAGIC = ((b"\x93NUMPY", "npy"), (b"PK\x03\x04", "npz"), (b"PK\x05\x06", "npz"))
_TYPES: Mapping[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1", "BOOL": "|b1", "C64": "<c8",
}  # fmt: skip
_WIDTHS: Mapping[str, str] = {"BF16": "<u2"}  # of types that NumPy has not, as the bits they are
_DAMAGE = (ValueError, OSError, KeyError, TypeError, IndexError, EOFError, OverflowError, struct.error, zlib.error,
           zipfile.BadZipFile, NotImplementedError, RuntimeError, MemoryError, AttributeError, SyntaxError)  # fmt: skip


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


def read_header(stream: BinaryIO) -> Header:
    """Read the header of an npy file; the stream then stands at the first element.

    Raises:
        ValueError: it is damaged, or its elements are objects of Python.
    """
    version = np.lib.format.read_magic(stream)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        with warnings.catch_warnings(action="ignore"):  # about files of Python 2
            shape, fortran, dtype = read(stream)
    except (TokenError, SyntaxError) as error:
        raise ValueError("the header is damaged") from error
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
    try:
        return _parse_tensors(json.loads(stream.read(length))), 8 + length
    except (AttributeError, LookupError, OverflowError, TypeError) as error:
        raise ValueError("the header is damaged") from error


def _parse_tensors(value: Any) -> TensorHeader:  # noqa: ANN401 - any JSON value
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
    return TensorHeader(tensors=tensors, metadata=metadata)


def list_arrays(path: Path) -> tuple[str, ...]:
    """Return the names of the arrays in a file, sorted; the one array of an npy file has the name "array".

    Raises:
        UsageError: the file cannot be read.
        CouldNotJudgeError: it is damaged, or its format is not one of `SUFFIXES`.
    """
    with _open(path) as (stream, kind):
        if kind == "npy":
            return ("array",)
        if kind == "npz":
            return tuple(sorted(name.removesuffix(".npy") for name in zipfile.ZipFile(stream).namelist()))
        return tuple(sorted(read_tensor_header(stream)[0].tensors))


def load_array(path: Path, name: str) -> Array:
    """Return one array of a file, in the order in memory that the file states.

    Raises:
        UsageError: the file cannot be read.
        CouldNotJudgeError: it is damaged, its elements are objects of Python, or it has more than `LARGEST` bytes.
    """
    with _open(path, name) as (stream, kind):
        if kind == "npy":
            return _read_array(stream)
        if kind == "npz":
            with zipfile.ZipFile(stream) as archive:
                member = name if name in archive.namelist() else f"{name}.npy"
                with archive.open(member) as inner:
                    return _read_array(inner)
        header, begin = read_tensor_header(stream)
        entry = header.tensors[name]
        stream.seek(begin + entry.begin)
        code = _TYPES.get(entry.dtype) or _WIDTHS.get(entry.dtype)
        if code is None:
            return _read_elements(stream, entry.header)
        return _read_elements(stream, Header(dtype=np.dtype(code), shape=entry.shape, order="C"))


@contextmanager
def _open(path: Path, name: str = "") -> Iterator[tuple[BinaryIO, str]]:
    """Open a file of arrays and tell its format; whatever is wrong with its contents is an error of the project."""
    with open_regular(path, what="a file of arrays") as raw:
        try:
            stream = io.BufferedReader(raw)
            head = stream.read(8)
            stream.seek(0)
            kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "safetensors")
            if kind == "safetensors" and path.suffix != ".safetensors":
                raise ValueError("not a file of arrays")
            yield stream, kind
        except _DAMAGE as error:
            raise CouldNotJudgeError(
                "a file of arrays cannot be read",
                expected=f"a sound file of the format {', '.join(SUFFIXES)}",
                found=f"{type(error).__name__}: {error}" if not isinstance(error, ValueError) else error,
                where=f"{path}, {name}" if name else path,
            ) from error


def _read_array(stream: IO[bytes]) -> Array:
    return _read_elements(stream, read_header(stream))  # type: ignore[arg-type] # it can be read


def _read_elements(stream: IO[bytes], header: Header) -> Array:
    length = header.size * header.dtype.itemsize
    if any(size < 0 for size in header.shape) or length > LARGEST:
        raise ValueError(f"an array of shape {list(header.shape)} is too large")
    data = bytearray()
    while part := stream.read(min(_PART, length - len(data))):
        data += part
    if len(data) < length:
        raise ValueError("the file ends before the last element")
    flat: Array = np.frombuffer(data, dtype=header.dtype) if length else np.empty(header.size, header.dtype)
    return flat.reshape(header.shape, order="F" if header.order == "F" else "C")
