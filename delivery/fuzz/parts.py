"""Shares the cases of all readers among processes."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed

from delivery.fuzz.cases import Tally, run_cases
from delivery.fuzz.readers import READERS

_PART = 2000  # cases that one process does at a time


def run_part(index: int, start: int, stop: int, seconds: float) -> Tally:
    """Return what some cases of one reader came to; for a process of its own."""
    return run_cases(READERS[index], range(start, stop), seconds=seconds)


def run_all(chosen: list[int], cases: int, seconds: float, jobs: int) -> list[Tally]:
    """Return what all cases of the chosen readers came to, run side by side."""
    tallies = {index: Tally(reader=READERS[index].name) for index in chosen}
    parts = [(index, start) for start in range(0, cases, _PART) for index in chosen]
    share = seconds * len(chosen) * jobs / max(1, len(parts))
    with ProcessPoolExecutor(jobs, max_tasks_per_child=50) as pool:
        futures = {
            pool.submit(run_part, index, start, min(cases, start + _PART), share): index for index, start in parts
        }
        for future in as_completed(futures):
            tallies[futures[future]].add(future.result())
    return list(tallies.values())
