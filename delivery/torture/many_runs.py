"""A directory of a thousand runs: how long the program takes to list it."""

from __future__ import annotations

import resource
import shutil
from typing import TYPE_CHECKING

import attrs

from delivery.torture.judging import RUN
from delivery.torture.programs import run_program

if TYPE_CHECKING:
    from pathlib import Path

MANY = 1000
_TIMES = 5
_LIMIT = 1.0


@attrs.frozen(kw_only=True)
class ListRow:
    """Processor time of `runs` with the start of the program, best of several times; `golden list` to compare."""

    runs: int
    seconds: float
    start: float
    complaints: tuple[str, ...]


def list_many(place: Path, *, many: int = MANY) -> ListRow:
    """Return how long a directory of so many runs is listed."""
    made, folder = place / "made", place / "many"
    made.mkdir()
    folder.mkdir()
    run_program(made, "train", "smoke", "--out", RUN)
    for number in range(many):
        shutil.copytree(made / RUN, folder / f"smoke-{number:04d}")
    times, starts, complaints = [], [], []
    for _ in range(_TIMES):
        begun = _read_time()
        outcome = run_program(folder, "runs", ".")
        times.append(_read_time() - begun)
        found = sum(1 for line in outcome.out.splitlines() if line.startswith("smoke-"))
        if (outcome.code, found) != (0, many):
            complaints.append(f"exit code {outcome.code}, {found} runs")
        begun = _read_time()
        run_program(folder, "golden", "list")
        starts.append(_read_time() - begun)
    if min(times) > _LIMIT:
        complaints.append(f"{min(times):.2f} s")
    return ListRow(runs=many, seconds=min(times), start=min(starts), complaints=tuple(sorted(set(complaints))))


def _read_time() -> float:
    """Return the processor time of the programs that have ended, so that other programs do not count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
