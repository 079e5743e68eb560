"""Digests: `sha256:<hex>` over canonical bytes that no machine can spell differently.

Part of bits 2. An array is hashed as one line of canonical JSON (dtype, name, shape) followed by its elements in
C order and little-endian byte order. A JSON value is hashed as its canonical JSON text.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeAlias

import numpy as np

from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    # What a JSON text can hold: tuples are lists, and every mapping has names as its keys.
    JsonValue: TypeAlias = bool | int | float | str | Sequence["JsonValue"] | Mapping[str, "JsonValue"] | None
    JsonObject: TypeAlias = Mapping[str, JsonValue]
else:
    # A recursive type cannot be resolved at run time; readers of files test for this mark instead.
    JsonValue = Annotated[object, "any JSON value"]
    JsonObject = dict[str, JsonValue]


class BlockArray(Protocol):
    """An array that need not be in memory as a whole; its blocks, one after the other, are its elements in C order."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the elements."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The dimensions of the whole."""

    def blocks(self) -> Iterator[NDArray[np.generic]]:
        """Yield consecutive parts."""


def format_canonical(value: object) -> str:
    """Write a JSON value in its one canonical spelling: sorted keys, no spaces, ASCII, finite numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest_bytes(data: bytes) -> str:
    """Return `sha256:<hex>` of raw bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """Return `sha256:<hex>` of a file's bytes, of which never more than a block is in memory."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def digest_json(value: object) -> str:
    """Return the digest of a JSON value's canonical text."""
    return digest_bytes(format_canonical(value).encode("ascii"))


def digest_arrays(arrays: Mapping[str, NDArray[np.generic] | BlockArray]) -> str:
    """Return the digest of named arrays of any shape, in the order of their names; blocks do not show in it.

    Raises:
        NonFiniteError: an array of floats holds a NaN or an infinity; those have no portable bytes.
    """
    state = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        little = array.dtype.newbyteorder("<")
        header = format_canonical({"dtype": little.str, "name": name, "shape": list(array.shape)})
        state.update(header.encode("ascii") + b"\n")
        for block in (array,) if isinstance(array, np.ndarray) else array.blocks():
            if block.dtype.kind == "f" and not np.isfinite(block).all():
                raise NonFiniteError("a value that is not finite cannot have a digest", where=name)
            piece = np.ascontiguousarray(block).astype(little, copy=False)
            state.update(piece.data if piece.size else b"")
    return "sha256:" + state.hexdigest()


def digest_array(name: str, array: NDArray[np.generic]) -> str:
    """Return the digest of one named array; see `digest_arrays`."""
    return digest_arrays({name: array})
