"""The digest of an output's contents, read as a stream."""

from __future__ import annotations

import gzip
import hashlib
import json
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING, BinaryIO

from appliance.vary.comparing.formats import find_format
from appliance.vary.comparing.pictures import PictureError, iterate_pixels
from appliance.vary.trial import Output
from verify.files.arrays import read_header, read_tensor_header

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_BLOCK = 2**20
_DEEPEST = 3  # archives inside each other that are opened
LARGEST_JSON = 2**21
"""Bytes of a JSON file that is read as such: its values need some fifty times as much memory; larger ones are bytes."""
# What a damaged file of a format raises: then its bytes are compared.
DAMAGE = (
    ValueError, EOFError, KeyError, OSError, RuntimeError, NotImplementedError, RecursionError,
    tarfile.TarError, zipfile.BadZipFile, zlib.error, PictureError,
)  # fmt: skip

_Mark = list[str]


def read_output(path: Path, name: str) -> Output:
    """Return kind, contents and bytes of a file.

    Args:
        path: where it is.
        name: what it is called among the outputs.
    """
    stamps: _Mark = []
    with path.open("rb") as stream:
        raw = _digest_bytes(stream)
        stream.seek(0)
        kind, content = digest_stream(stream, name, stamps)
    return Output(kind=kind, content=content, raw=raw, stamps=tuple(sorted(set(stamps))))


def digest_stream(stream: BinaryIO, name: str, stamps: _Mark, depth: int = 0) -> tuple[str, str]:
    """Return the format of a stream and the digest of its contents; a damaged file is read as bytes.

    Args:
        stream: stands at its beginning and can be read again.
        name: the name of the file.
        stamps: gets what the bytes hold beside the contents.
        depth: how many archives stand around it.
    """
    kind = find_format(stream, name)
    read = _READERS.get(kind) if depth <= _DEEPEST or kind not in _ARCHIVES else None
    if read is not None:
        found: _Mark = []
        try:
            digest = read(stream, name, found, depth)
        except DAMAGE:
            kind = "bytes"
            stream.seek(0)
        else:
            stamps += found
            return kind, digest
    return kind, _digest_bytes(stream)


def _digest_bytes(stream: BinaryIO) -> str:
    hasher = hashlib.sha256()
    while block := stream.read(_BLOCK):
        hasher.update(block)
    return f"sha256:{hasher.hexdigest()}"


def _digest_parts(parts: list[object]) -> str:
    text = json.dumps(parts, ensure_ascii=True, sort_keys=True)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _digest_array(stream: BinaryIO, _: str, __: _Mark, ___: int) -> str:
    header = read_header(stream)
    form = [header.dtype.str, repr(header.dtype.descr), header.order, list(header.shape)]
    return _digest_parts(["npy", form, _digest_bytes(stream)])


def _digest_tensors(stream: BinaryIO, _: str, __: _Mark, ___: int) -> str:
    header, start = read_tensor_header(stream)
    parts: list[object] = []
    for name, entry in sorted(header.tensors.items()):
        hasher = hashlib.sha256()
        stream.seek(start + entry.begin)
        left = entry.end - entry.begin
        while left > 0 and (block := stream.read(min(left, _BLOCK))):
            hasher.update(block)
            left -= len(block)
        parts.append([name, entry.dtype, list(entry.shape), hasher.hexdigest()])
    return _digest_parts(["safetensors", header.metadata, parts])


def read_json(stream: BinaryIO) -> bytes:
    """Return the whole of a JSON file.

    Raises:
        ValueError: it is too large.
    """
    data = stream.read(LARGEST_JSON + 1)
    if len(data) > LARGEST_JSON:
        raise ValueError("too large to be read as JSON")
    return data


def _digest_json(stream: BinaryIO, _: str, stamps: _Mark, __: int) -> str:
    data = read_json(stream)
    value = json.loads(data)
    plain = json.dumps(value, sort_keys=True)
    if plain.encode() != data.strip():
        stamps.append("the order of keys and the white space of JSON")
    return _digest_parts(["json", hashlib.sha256(plain.encode()).hexdigest()])


def _digest_gzip(stream: BinaryIO, name: str, stamps: _Mark, depth: int) -> str:
    head = stream.read(10)
    stream.seek(0)
    if head[4:8] != b"\0\0\0\0":
        stamps.append("a time stamp in the gzip header")
    inner = name.removesuffix(".gz")
    with gzip.GzipFile(fileobj=stream, mode="rb") as member:
        kind, digest = digest_stream(member, inner, stamps, depth + 1)  # type: ignore[arg-type] # it can be read and moved
    return _digest_parts(["gzip", kind, digest])


def _digest_zip(stream: BinaryIO, _: str, stamps: _Mark, depth: int) -> str:
    parts: list[object] = []
    with zipfile.ZipFile(stream) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if info.date_time != (1980, 1, 1, 0, 0, 0):
                stamps.append("time stamps in the zip header")
            with archive.open(info) as member:
                kind, digest = digest_stream(member, info.filename, stamps, depth + 1)  # type: ignore[arg-type] # as above
            parts.append([info.filename, info.external_attr, kind, digest])
    return _digest_parts(["zip", parts])


def _digest_tar(stream: BinaryIO, _: str, stamps: _Mark, depth: int) -> str:
    parts: list[object] = []
    with tarfile.open(fileobj=stream, mode="r:") as archive:
        for info in archive:
            if info.mtime:
                stamps.append("time stamps in the tar header")
            member = archive.extractfile(info) if info.isfile() else None
            inside = digest_stream(member, info.name, stamps, depth + 1) if member else ("", "")  # type: ignore[arg-type] # as above
            owner = [info.mode, info.uid, info.gid, info.uname, info.gname]
            parts.append([info.name, info.type.decode("latin-1"), info.linkname, owner, *inside])
    return _digest_parts(["tar", parts])


def _digest_picture(stream: BinaryIO, _: str, __: _Mark, ___: int) -> str:
    hasher = hashlib.sha256()
    for part in iterate_pixels(stream):
        hasher.update(part)
    return _digest_parts(["png", hasher.hexdigest()])


_ARCHIVES = frozenset({"gzip", "zip", "tar"})
_READERS: dict[str, Callable[[BinaryIO, str, _Mark, int], str]] = {
    "npy": _digest_array,
    "safetensors": _digest_tensors,
    "json": _digest_json,
    "gzip": _digest_gzip,
    "zip": _digest_zip,
    "tar": _digest_tar,
    "png": _digest_picture,
}
