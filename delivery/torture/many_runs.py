"""A directory of a thousand runs: how long the program takes to list it."""

from __future__ import annotations

import shutil
import time
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
    """How long `runs` took, with the start of the program, at best of several times, and `--version` for comparison."""

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
        begun = time.monotonic()
        outcome = run_program(folder, "runs", ".")
        times.append(time.monotonic() - begun)
        found = sum(1 for line in outcome.out.splitlines() if line.startswith("smoke-"))
        if (outcome.code, found) != (0, many):
            complaints.append(f"exit code {outcome.code}, {found} runs")
        begun = time.monotonic()
        run_program(folder, "golden", "list")
        starts.append(time.monotonic() - begun)
    if min(times) > _LIMIT:
        complaints.append(f"{min(times):.2f} s")
    return ListRow(runs=many, seconds=min(times), start=min(starts), complaints=tuple(sorted(set(complaints))))
