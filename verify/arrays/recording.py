"""What an update records of a check: its values, and the arrays that the store beside the golden lacks."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.arrays.comparing import find_expected
from verify.arrays.samples import describe_leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from verify.arrays.leaf import Leaf
    from verify.files.array_golden import ArrayCheck, ArrayValue

    Array = NDArray[Any]
    Find = Callable[[str], Array | None]


def select_values(
    expected: ArrayCheck | None, leaves: Mapping[str, Leaf], find: Find, *, keep: bool
) -> tuple[dict[str, ArrayValue] | None, list[str]]:
    """Return the values to record, None where the golden has them; and the places of the arrays to store.

    Args:
        expected: the check in the golden, if there is one.
        leaves: the values of this run.
        find: returns the array that belongs to a digest, where it was stored.
        keep: whole arrays are stored.
    """
    values = {place: describe_leaf(leaf) for place, leaf in leaves.items()}
    wanted = [place for place, leaf in leaves.items() if leaf.is_storable] if keep else []
    lacking = [place for place in wanted if find_expected(values[place], find) is None]
    recorded = {} if expected is None else {place: value.digest for place, value in expected.values.items()}
    same = expected is not None and recorded == {place: value.digest for place, value in values.items()}
    return (None, []) if same and not lacking else (values, lacking)


def spool_array(array: Array, folder: Path | None) -> str:
    """Write an array into a new file of a folder until the session ends, and return its path."""
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".npy", delete=False) as stream:
        np.lib.format.write_array(stream, array, allow_pickle=False)
    return stream.name
