"""Compares two files of arrays, npy, npz or safetensors, array by array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.errors import CouldNotJudgeError
from verify.files.arrays import list_arrays, load_array
from verify.judging.arrays import ArrayDifference, classify, compare_pair

if TYPE_CHECKING:
    from pathlib import Path

    from verify.judging.arrays import Array
    from verify.results import Verdict


@attrs.frozen(kw_only=True)
class FileDivergence:
    """The comparison of two files of arrays.

    Args:
        a: the first file.
        b: the second.
        rows: the arrays that differ, by name.
        names: the names that at least one of the files has.
        elements: how many elements were compared.
    """

    a: Path
    b: Path
    rows: tuple[ArrayDifference, ...]
    names: tuple[str, ...]
    elements: int

    @property
    def verdict(self) -> Verdict:
        """Different if an array differs in type, shape, bits or order in memory."""
        return "different" if self.rows else "identical"

    @property
    def kind(self) -> str | None:
        """The kind of all differences together."""
        return classify(self.rows) if self.rows else None


def compare_files(a: Path, b: Path) -> FileDivergence:
    """Compare two files, of which one array at a time is in memory.

    Raises:
        UsageError: a file cannot be read.
        CouldNotJudgeError: a file is damaged, or there is no element to compare.
    """
    names = _pair_names(list_arrays(a), list_arrays(b))
    rows, elements = [], 0
    for name, own, other in names:
        x, y = (_load(path, key) for path, key in ((a, own), (b, other)))
        elements += 0 if x is None or y is None else int(x.size)
        found = compare_pair(name, x, y, layout=True)
        rows += [found] if found is not None else []
    if not rows and not elements:
        raise CouldNotJudgeError(
            "the files have no element to compare",
            expected="an array with at least one element",
            found=f"{len(names)} arrays without elements" if names else "no array",
            where=f"{a}, {b}",
        )
    return FileDivergence(a=a, b=b, rows=tuple(rows), names=tuple(row[0] for row in names), elements=elements)


def _pair_names(a: tuple[str, ...], b: tuple[str, ...]) -> list[tuple[str, str | None, str | None]]:
    """Return every name with that of each side; two files of one array each are compared whatever it is called."""
    if len(a) == len(b) == 1:
        return [(a[0], a[0], b[0])]
    return [(name, name if name in a else None, name if name in b else None) for name in sorted({*a, *b})]


def _load(path: Path, name: str | None) -> Array | None:
    return None if name is None else load_array(path, name)
