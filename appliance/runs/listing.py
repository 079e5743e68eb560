"""Lists the runs in a directory from their records alone; a damaged run is a row that says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.runs.interrupted import is_interrupted, read_interrupted
from verify.errors import ApplianceError, CouldNotJudgeError, UsageError
from verify.files.goldens import locate_golden, read_golden
from verify.files.machine import MACHINE, MACHINE_NAME
from verify.files.run import FILES, RECORD_NAME
from verify.files.run_list import RUN_HEAD, RunList, RunRow
from verify.files.writing import make_printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.files.golden import Golden
    from verify.files.run_list import InterruptedRow, RunHead

DEFAULT = Path("runs")
# The metric that is shown, the first of these that a run has.
_METRICS = ("test_accuracy", "test_mean_absolute_error", "test_loss")


def list_runs(directory: Path | None) -> RunList:
    """Return the runs and the interrupted trainings in a directory; a directory that is a run itself is the only one.

    Args:
        directory: where runs are; None for `runs` in the current directory, which need not exist.

    Raises:
        UsageError: it is no directory, or cannot be read.
    """
    place = directory or DEFAULT
    rows: list[RunRow] = []
    interrupted: list[InterruptedRow] = []
    goldens: dict[str, Golden | None] = {}
    for path in _list_folders(place, missing_ok=directory is None):
        if is_interrupted(path):
            found = read_interrupted(path)
            interrupted += [] if found is None else [found]
            continue
        row = _read_row(path, goldens)
        if row is not None:
            rows.append(row)
    return RunList(directory=make_printable(str(place)), runs=tuple(rows), interrupted=tuple(interrupted))


def find_exit_code(found: RunList) -> int:
    """Return 3 if something in the list could not be read, else 0."""
    problems = [*(row.problem for row in found.runs), *(row.problem for row in found.interrupted)]
    return CouldNotJudgeError.exit_code if any(problems) else 0


def _list_folders(place: Path, *, missing_ok: bool) -> Iterator[Path]:
    """Yield the directories that may be runs, sorted by name; hidden ones are drafts."""
    try:
        if (place / RECORD_NAME).exists():
            yield place
            return
        names = sorted(entry.name for entry in os.scandir(place) if not entry.name.startswith("."))
    except (OSError, ValueError) as error:  # ValueError: a path that holds a zero byte
        if missing_ok and isinstance(error, FileNotFoundError):
            return
        found = getattr(error, "strerror", None) or error
        raise UsageError("runs cannot be listed", expected="a directory", found=found, where=place) from error
    yield from (place / name for name in names)


def _read_row(path: Path, goldens: dict[str, Golden | None]) -> RunRow | None:
    """Return the row of a directory; None for what is no run and has no file of one."""
    name = make_printable(path.name or str(path))
    try:
        if not (path / RECORD_NAME).exists():
            damaged = path.is_dir() and any((path / file).exists() for file in FILES)
            return RunRow(name=name, problem=f"{RECORD_NAME} is missing") if damaged else None
        head = RUN_HEAD.read(path / RECORD_NAME)
    except (ApplianceError, OSError) as error:
        return RunRow(name=name, problem=_describe(error))
    row = _describe_head(name, head, goldens)
    try:
        return attrs.evolve(row, written=MACHINE.read(path / MACHINE_NAME).written)
    except ApplianceError as error:
        return attrs.evolve(row, problem=f"{MACHINE_NAME}: {_describe(error)}")


def _describe(error: ApplianceError | OSError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return error.title if isinstance(error, CouldNotJudgeError) else f"{error.title}: {error.found}"


def _describe_head(name: str, head: RunHead, goldens: dict[str, Golden | None]) -> RunRow:
    metric = next((metric for metric in _METRICS if metric in head.metrics), None)
    if head.config not in goldens:
        goldens[head.config] = _find_golden(head.config)
    golden = goldens[head.config]
    comparable = golden is not None and head.profile == "portable" and golden.config_digest == head.config_digest
    equal = golden is not None and golden.digests.run == head.digests.run
    return RunRow(
        name=name,
        config=head.config,
        seed=head.seed,
        profile=head.profile,
        metric=metric,
        value=None if metric is None else head.metrics[metric],
        digest=head.digests.run,
        golden=None if not comparable else "identical" if equal else "different",
    )


def _find_golden(config: str) -> Golden | None:
    try:
        return read_golden(locate_golden(config))
    except CouldNotJudgeError:
        return None
