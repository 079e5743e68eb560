"""The goldens of arrays under a directory: listed, and checked without running a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.arrays.samples import is_exact, rebuild
from verify.arrays.stored import find_stored
from verify.arrays.storing import find_test_file, list_files
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.array_golden import locate_array_golden, read_array_golden
from verify.files.array_store import list_stored, locate_store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from verify.files.array_golden import ArrayGolden

_REMEDY = "restore both files from version control"


@attrs.frozen(kw_only=True)
class Row:
    """One check in a golden."""

    file: str
    test: str
    check: str
    values: int
    numpy: str | None
    stored: bool


def find_goldens(places: Iterable[Path]) -> list[Path]:
    """Return the goldens in directories, of test files, or named themselves.

    Raises:
        UsageError: there is no such file or directory.
    """
    found: list[Path] = []
    for place in places:
        if place.is_dir():
            found += list_files(place)
        elif place.suffix == ".py" and place.exists():
            found.append(locate_array_golden(place))
        elif place.exists():
            found.append(place)
        else:
            expected = "a directory, a test file or a golden of arrays"
            raise UsageError("there are no goldens of arrays at this place", expected=expected, found=place)
    return [path for index, path in enumerate(found) if path not in found[:index]]


def list_rows(path: Path) -> list[Row]:
    """Return the checks in one golden.

    Raises:
        UsageError: it cannot be read.
        CouldNotJudgeError: it is damaged.
    """
    golden = read_array_golden(path)
    stored = list_stored(locate_store(path))
    rows = []
    for test, checks in sorted(golden.tests.items()):
        for name, check in sorted(checks.items()):
            found = golden.worlds[check.world].compared.get("numpy.version")
            kept = any(value.digest in stored for value in check.values.values())
            numpy = None if found is None else str(found)
            rows.append(Row(file=str(path), test=test, check=name, values=len(check.values), numpy=numpy, stored=kept))
    return rows


def check_file(path: Path) -> None:
    """Make sure that a golden can be read, agrees with its samples and stored arrays, and has its test file.

    Raises:
        UsageError: it cannot be read.
        CouldNotJudgeError: it is damaged, or a sample or an array in it is not the one that was recorded.
    """
    golden = read_array_golden(path)
    for test, checks in golden.tests.items():
        for name, check in checks.items():
            for place, value in check.values.items():
                if is_exact(value) and rebuild(value) is None:
                    where = f"{path}: {test}, check {name}, {place or 'value'}"
                    raise _refuse("recorded values do not have their digest", value.digest, "another digest", where)
    _check_store(path, golden)
    if not find_test_file(path).exists():
        raise _refuse("a golden of arrays has no test file", find_test_file(path), "no such file", path)


def _check_store(path: Path, golden: ArrayGolden) -> None:
    store = locate_store(path)
    digests = [value.digest for checks in golden.tests.values() for c in checks.values() for value in c.values.values()]
    for digest in list_stored(store):
        if digest not in digests:
            raise _refuse("a stored array belongs to no check", "the digest of a value", digest, store)
        find_stored(store, digest)


def _refuse(title: str, expected: object, found: object, where: object) -> CouldNotJudgeError:
    return CouldNotJudgeError(title, expected=expected, found=found, where=where, remedy=_REMEDY)
