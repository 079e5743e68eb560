"""Safetensors files, read with NumPy alone, so that the judge needs no other package.

They are written with NumPy alone, too: the bytes of a file depend on its tensors, and on no other package's version.

The format: eight bytes with the length of the header, little-endian; the header, a JSON object that gives type, shape
and place of every tensor; then the bytes of the tensors, little-endian, without gaps.
"""

import json
import math
from collections.abc import Mapping
from io import FileIO
from typing import NamedTuple

import attrs
import numpy as np
from numpy.typing import NDArray

from verify.digests import JsonValue
from verify.errors import CouldNotJudgeError
from verify.files.limits import Count
from verify.files.reading import MEBIBYTE, parse_json
from verify.files.structure import structure

WEIGHTS = "weights.safetensors"
PREDICTIONS = "predictions.safetensors"
DIGEST = "digest"
"""The text in the metadata of a file that states the digest of its tensors."""
LIMIT = 2048 * MEBIBYTE
_HEADER_LIMIT = 16 * MEBIBYTE
_PREFIX = 8
_METADATA = "__metadata__"
_TYPES: Mapping[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "|i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1",
}  # fmt: skip


_NAMES = {np.dtype(code): name for name, code in _TYPES.items()}


class Tensors(NamedTuple):
    """The contents of a file: read-only arrays by name, and the texts of its metadata."""

    arrays: Mapping[str, NDArray[np.generic]]
    metadata: Mapping[str, str]


@attrs.frozen(kw_only=True)
class _Entry:
    """What the header says of one tensor; the offsets count from the end of the header."""

    dtype: str
    shape: tuple[Count, ...]
    data_offsets: tuple[Count, Count]


@attrs.frozen(kw_only=True)
class _Metadata:
    """The texts in the header."""

    texts: Mapping[str, str]


def format_tensors(arrays: Mapping[str, NDArray[np.generic]], digest: str) -> bytes:
    """Return the bytes of a safetensors file, the same on every machine.

    Whatever the layout of an array in memory, its elements are written in C order and little-endian; wide types come
    first, so that every tensor is aligned.

    Args:
        arrays: the tensors by name.
        digest: stands in the metadata.

    Raises:
        TypeError: an array has a type that such files do not have.
    """
    return b"".join(list_parts(arrays, digest))


def list_parts(arrays: Mapping[str, NDArray[np.generic]], digest: str) -> list[bytes | memoryview]:
    """Return the header of a file and the bytes of each tensor, which are not copied where they lie as in the file.

    Raises:
        TypeError: as for `format_tensors`.
    """
    little = {name: np.asarray(array, dtype=_find_type(name, array), order="C") for name, array in arrays.items()}
    header: dict[str, object] = {_METADATA: {DIGEST: digest}}
    parts: list[bytes | memoryview] = []
    end = 0
    for name, array in sorted(little.items(), key=lambda item: (-item[1].itemsize, item[0])):
        start, end = end, end + array.nbytes
        header[name] = {"dtype": _NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [start, end]}
        parts.append(array.reshape(-1).view(np.uint8).data if array.size else b"")
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=True).encode()
    text += b" " * (-len(text) % _PREFIX)
    return [len(text).to_bytes(_PREFIX, "little") + text, *parts]


def _find_type(name: str, array: NDArray[np.generic]) -> np.dtype[np.generic]:
    """Return the little-endian type of an array."""
    dtype = array.dtype.newbyteorder("<")
    if dtype not in _NAMES:
        raise TypeError(f"{name}: safetensors files have no type {array.dtype}")
    return dtype


def parse_tensors(data: bytes | bytearray, where: object) -> Tensors:
    """Return the tensors in the bytes of a safetensors file.

    Raises:
        CouldNotJudgeError: the file is malformed; `where` names its source.
    """
    try:
        header, body = _split(data, where)
        metadata = structure({"texts": header.pop(_METADATA, {})}, _Metadata).texts
        entries = _structure_entries(header)
        return Tensors(_cut(entries, body), metadata)
    except (ValueError, OverflowError) as error:
        raise CouldNotJudgeError(
            "a safetensors file is not valid", expected="safetensors", found=error, where=where
        ) from error


def read_head(stream: FileIO, where: object) -> tuple[bytearray, dict[str, tuple[int, int]]]:
    """Return the first bytes of a file, to the end of its header, and where in the file each tensor begins and ends.

    Raises:
        OSError: the file cannot be read.
        ValueError: the header is malformed.
        CouldNotJudgeError: the header is no JSON.
    """
    head = bytearray(stream.read(_PREFIX))
    length = int.from_bytes(head, "little")
    while part := stream.read(min(length, _HEADER_LIMIT) + _PREFIX - len(head)):
        head += part
    header, _ = _split(head, where)
    header.pop(_METADATA, None)
    places = {name: entry.data_offsets for name, entry in _structure_entries(header).items()}
    return head, {name: (len(head) + start, len(head) + end) for name, (start, end) in places.items()}


def _structure_entries(header: Mapping[str, JsonValue]) -> dict[str, _Entry]:
    return {name: structure(value, _Entry) for name, value in header.items()}


def _split(data: bytes | bytearray, where: object) -> tuple[dict[str, JsonValue], memoryview]:
    length = int.from_bytes(data[:_PREFIX], "little")
    if len(data) < _PREFIX or length > min(_HEADER_LIMIT, len(data) - _PREFIX):
        raise ValueError("the file is shorter than its header says")
    header = parse_json(bytes(data[_PREFIX : _PREFIX + length]), where=where, what="the header of a safetensors file")
    if not isinstance(header, dict):
        raise ValueError("the header is no object")  # noqa: TRY004 - about a file, not about a type
    return header, memoryview(data)[_PREFIX + length :]


def _cut(entries: Mapping[str, _Entry], body: memoryview) -> dict[str, NDArray[np.generic]]:
    """Return the array of every entry; together they cover the body without gap or overlap."""
    arrays: dict[str, NDArray[np.generic]] = {}
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].data_offsets, item[0])):
        if entry.dtype not in _TYPES:
            raise ValueError(f"{name}: the type {entry.dtype} is not supported")
        dtype = np.dtype(_TYPES[entry.dtype])
        stop = end + math.prod(entry.shape) * dtype.itemsize
        if entry.data_offsets != (end, stop) or stop > len(body):
            raise ValueError(f"{name}: the place of its bytes does not fit its shape and the other tensors")
        arrays[name] = np.frombuffer(body[end:stop], dtype=dtype).reshape(entry.shape)
        end = stop
    if end != len(body):
        raise ValueError(f"{len(body) - end} bytes belong to no tensor")
    return {name: arrays[name] for name in sorted(arrays)}
