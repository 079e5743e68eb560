"""Canonical bytes and their SHA-256."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple


class Field(NamedTuple):
    """A named array as its type, its shape and its little-endian bytes."""

    name: str
    dtype: str
    shape: list[int]
    content: bytes


def _format(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def digest_json(value: object) -> str:
    """Return the digest of a JSON value."""
    return "sha256:" + hashlib.sha256(_format(value)).hexdigest()


def digest_fields(*fields: Field) -> str:
    """Return the digest of named arrays."""
    content = b"".join(
        _format({"dtype": field.dtype, "name": field.name, "shape": field.shape}) + b"\n" + field.content
        for field in sorted(fields)
    )
    return "sha256:" + hashlib.sha256(content).hexdigest()
