"""Where the runs of a benchmark are carried out: in this process, in several fresh ones, or by the workers of MPI.

Every pool gives the outcomes in the order of the tasks, so that no result depends on which run ended first. When the
caller stops asking, the runs that have not begun are left out.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

import attrs

from appliance.benchmark.tasks import run_task
from appliance.processes.child import Children

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from appliance.benchmark.tasks import Outcome, Task


class Pool(Protocol):
    """Carries out tasks.

    Attributes:
        timed: whether runs are alone on the machine, so that their times can be compared.
    """

    timed: bool

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome]:
        """Yield the outcome of every task, in the order of the tasks."""
        ...


class OneProcess:
    """One run after the other, in this process or each in a fresh one."""

    timed = True

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome]:
        """Yield the outcome of every task, in the order of the tasks."""
        yield from map(run_task, tasks)


class FreshProcesses:
    """Several runs at a time on this machine, each in a process of its own.

    Args:
        jobs: how many at a time.
    """

    timed = False

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome]:
        """Yield the outcome of every task, in the order of the tasks; what still runs at the end is ended."""
        children = Children()
        with ThreadPoolExecutor(self._jobs) as executor:
            try:
                yield from executor.map(lambda task: run_task(attrs.evolve(task, fresh=True), children=children), tasks)
            finally:
                executor.shutdown(wait=False, cancel_futures=True)
                children.end_all()
