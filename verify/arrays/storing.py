"""Merges what the tests of a session recorded into the files of goldens, and takes out what no test uses."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from verify.files.array_golden import (
    ARRAY_GOLDEN,
    FOLDER,
    ArrayCheck,
    ArrayGolden,
    ArrayWorld,
    locate_array_golden,
    read_array_golden,
)
from verify.files.array_store import list_stored, locate_store, read_stored, write_store
from verify.files.structure import structure
from verify.files.writing import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]

_EMPTY = ArrayGolden(worlds={}, tests={})


@attrs.frozen(kw_only=True)
class Unused:
    """A check in a golden that no test makes any more."""

    path: Path
    test: str
    check: str
    reason: str


@attrs.define(kw_only=True)
class Results:
    """What the reports of a session said.

    Args:
        reports: what `Checks.to_report` returned, of every test that used a golden and passed, the last one of each.
        passed: the ids of tests that passed.
        collected: for test files, the first part of the ids and the names of all tests in them, chosen or not.
        partial: test files of which only some tests were collected.
        folders: the directories that were collected as a whole.
        visited: the directories with goldens that the session came to.
    """

    reports: dict[tuple[str, str], dict[str, Any]] = attrs.field(factory=dict)
    passed: set[str] = attrs.field(factory=set)
    collected: dict[str, tuple[str, list[str]]] = attrs.field(factory=dict)
    partial: set[str] = attrs.field(factory=set)
    folders: list[Path] = attrs.field(factory=list)
    visited: list[Path] = attrs.field(factory=list)


def list_unused(results: Results) -> list[Unused]:
    """Return the checks in goldens that no test makes, as far as this session can tell.

    The checks of a test are unused if it passed without them. A test is gone if its file was collected as a whole and
    has no test of this name, whether it was chosen or not. Tests that failed or were skipped keep their goldens.

    Raises:
        CouldNotJudgeError: a golden is damaged.
    """
    rows = []
    for file, (prefix, names) in sorted(results.collected.items()):
        path = locate_array_golden(Path(file))
        golden = read_array_golden(path) if path.exists() else _EMPTY
        for test, checks in golden.tests.items():
            gone = test not in names and file not in results.partial
            passed = f"{prefix}::{test}" in results.passed
            used = results.reports.get((file, test), {}).get("used", [])
            for check in checks:
                if gone:
                    rows.append(Unused(path=path, test=test, check=check, reason="there is no such test"))
                elif passed and check not in used:
                    rows.append(Unused(path=path, test=test, check=check, reason="the test passed without it"))
    return [*rows, *_list_orphans(results)]


def _list_orphans(results: Results) -> list[Unused]:
    """Return the checks of goldens without a test file, in directories that were collected as a whole."""
    rows = []
    for folder in sorted(results.visited):
        if not any(folder.resolve().is_relative_to(whole) for whole in results.folders):
            continue
        for path in list_files(folder, deep=False):
            if not find_test_file(path).exists():
                tests = read_array_golden(path).tests
                reason = f"there is no {find_test_file(path).name}"
                rows += [Unused(path=path, test=t, check=c, reason=reason) for t in tests for c in tests[t]]
    return rows


def find_test_file(golden: Path) -> Path:
    """Return the test file that a golden belongs to."""
    return golden.parent.parent / f"{golden.stem}.py"


def list_files(place: Path, *, deep: bool = True) -> list[Path]:
    """Return the goldens of arrays under a directory or in it, without hidden directories and environments."""
    pattern = f"{FOLDER}/*.json"
    found = sorted(place.rglob(pattern)) if deep else sorted(place.glob(pattern))
    if place.name == FOLDER:
        found += sorted(place.glob("*.json"))
    return [path for path in found if not _is_passed_over(path.relative_to(place))]


def _is_passed_over(path: Path) -> bool:
    return any(part.startswith(".") or part == "site-packages" for part in path.parts)


def write_updates(results: Results, unused: Sequence[Unused]) -> list[Path]:
    """Write what tests recorded, without what is unused; return the files that were written or removed.

    Raises:
        UsageError: a file cannot be written; those before it are whole.
    """
    by_file: dict[Path, list[dict[str, Any]]] = {}
    for report in results.reports.values():
        if report["updates"]:
            by_file.setdefault(locate_array_golden(Path(report["file"])), []).append(report)
    written = []
    for path in sorted({*by_file, *(row.path for row in unused)}):
        dropped = [(row.test, row.check) for row in unused if row.path == path]
        _write(path, by_file.get(path, []), dropped)
        written.append(path)
    return written


def _write(path: Path, reports: Sequence[Mapping[str, Any]], dropped: Iterable[tuple[str, str]]) -> None:
    old = read_array_golden(path) if path.exists() else _EMPTY
    worlds, arrays = dict(old.worlds), {}
    tests = {test: dict(checks) for test, checks in old.tests.items()}
    for test, check in dropped:
        del tests[test][check]
    for report in reports:
        worlds |= {name: structure(value, ArrayWorld) for name, value in report["worlds"].items()}
        checks = {name: structure(value, ArrayCheck) for name, value in report["updates"].items()}
        tests.setdefault(report["test"], {}).update(checks)
        arrays.update(report["arrays"])
    tests = {test: checks for test, checks in tests.items() if checks}
    named = {check.world for checks in tests.values() for check in checks.values()}
    golden = ArrayGolden(
        worlds={name: world for name, world in worlds.items() if name in named},
        tests={test: dict(checks) for test, checks in tests.items()},
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # The values first: a golden with values that no check names is sound, one without its values is not.
    write_store(locate_store(path), _gather(locate_store(path), golden, arrays))
    if tests:
        write_whole(path, ARRAY_GOLDEN.format(golden), what="a golden of arrays")
        return
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def _gather(store: Path, golden: ArrayGolden, added: Mapping[str, str]) -> dict[str, Array]:
    """Return the arrays that a golden names, out of the file before and those that tests recorded."""
    named = {
        value.digest for checks in golden.tests.values() for one in checks.values() for value in one.values.values()
    }
    arrays: dict[str, Array] = {digest: np.load(file, allow_pickle=False) for digest, file in sorted(added.items())}
    for digest in list_stored(store):
        if digest in named and digest not in arrays and (array := read_stored(store, digest)) is not None:
            arrays[digest] = array
    return {digest: array for digest, array in arrays.items() if digest in named}
