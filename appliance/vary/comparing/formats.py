"""Recognizes the format of an output, by its first bytes first."""

from __future__ import annotations

from typing import BinaryIO, Literal

Format = Literal["npy", "zip", "gzip", "tar", "png", "safetensors", "json", "table", "text", "bytes"]

_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"\x93NUMPY", "npy"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG\r\n\x1a\n", "png"),
)
_TAR_MAGIC, _TAR_PLACE = b"ustar", 257
_HEAD = 2**14
_SUFFIXES: dict[str, Format] = {
    "csv": "table", "json": "json", "safetensors": "safetensors", "tsv": "table",
}  # fmt: skip


def find_format(stream: BinaryIO, name: str) -> Format:
    """Return the format of a stream, which is left at its beginning."""
    head = stream.read(_HEAD)
    stream.seek(0)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[_TAR_PLACE : _TAR_PLACE + len(_TAR_MAGIC)] == _TAR_MAGIC:
        return "tar"
    suffix = name.rpartition(".")[2].lower() if "." in name else ""
    kind = _SUFFIXES.get(suffix, "text")
    if kind != "safetensors" and not _is_text(head):
        return "bytes"
    return kind


def _is_text(head: bytes) -> bool:
    """Tell whether bytes are the beginning of a text in UTF-8."""
    if b"\0" in head:
        return False
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) == _HEAD and error.start > len(head) - 4
    return True
