"""Shares the cases of all readers among processes."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import TYPE_CHECKING

from delivery.fuzz.cases import Tally, run_cases
from delivery.fuzz.readers import READERS

if TYPE_CHECKING:
    from collections.abc import Callable

_PART = 2000  # cases that one process does at a time


def run_part(index: int, start: int, stop: int, seconds: float) -> Tally:
    """Return what some cases of one reader came to; for a process of its own."""
    return run_cases(READERS[index], range(start, stop), seconds=seconds)


def run_all(chosen: list[int], cases: int, seconds: float, jobs: int, show: Callable[[Tally], object]) -> list[Tally]:
    """Return what all cases of the chosen readers came to, run side by side; `show` is called for each that is done."""
    tallies = {index: Tally(reader=READERS[index].name) for index in chosen}
    parts = [(index, start) for index in chosen for start in range(0, cases, _PART)]
    open_parts = Counter(index for index, _ in parts)
    share = seconds * len(chosen) * jobs / max(1, len(parts))
    with ProcessPoolExecutor(jobs, max_tasks_per_child=50) as pool:
        futures = {
            pool.submit(run_part, index, start, min(cases, start + _PART), share): index for index, start in parts
        }
        for future in as_completed(futures):
            index = futures[future]
            tallies[index].add(future.result())
            open_parts[index] -= 1
            if not open_parts[index]:
                show(tallies[index])
    return list(tallies.values())
