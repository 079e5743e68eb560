"""Stored arrays of a golden, checked against the digests of their names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from verify.arrays.leaf import Leaf
from verify.errors import CouldNotJudgeError
from verify.files.array_store import read_stored

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Array = NDArray[Any]


def find_stored(store: Path, digest: str) -> Array | None:
    """Return the stored array of this digest; None if there is none.

    Raises:
        CouldNotJudgeError: it is not the array that was recorded.
    """
    array = read_stored(store, digest)
    if array is None:
        return None
    found = Leaf(dtype=array.dtype.str, array=array, shape=array.shape).digest()
    if found != digest:
        raise CouldNotJudgeError(
            "a stored array is not the one that was recorded",
            expected=digest,
            found=found,
            where=store,
            remedy="restore both files of this golden from version control",
        )
    return array
