"""Digests: `sha256:<hex>` over canonical bytes that no machine can spell differently.

An array is hashed as one line of canonical JSON (dtype, name, shape) followed by its elements in
C order and little-endian byte order. A JSON value is hashed as its canonical JSON text.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np

from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def format_canonical(value: object) -> str:
    """Write a JSON value in its one canonical spelling: sorted keys, no spaces, ASCII, finite numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest_bytes(data: bytes) -> str:
    """Return `sha256:<hex>` of raw bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_json(value: object) -> str:
    """Return the digest of a JSON value's canonical text."""
    return digest_bytes(format_canonical(value).encode("ascii"))


def digest_arrays(arrays: Mapping[str, NDArray[np.generic]]) -> str:
    """Return the digest of named arrays of any shape, in the order of their names.

    Raises:
        NonFiniteError: an array of floats holds a NaN or an infinity; those have no portable bytes.
    """
    state = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise NonFiniteError("a value that is not finite reached a digest", where=name)
        little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
        header = format_canonical({"dtype": little.dtype.str, "name": name, "shape": list(array.shape)})
        state.update(header.encode("ascii") + b"\n")
        state.update(little.data if little.size else b"")
    return "sha256:" + state.hexdigest()


def digest_array(name: str, array: NDArray[np.generic]) -> str:
    """Return the digest of one named array; see `digest_arrays`."""
    return digest_arrays({name: array})
