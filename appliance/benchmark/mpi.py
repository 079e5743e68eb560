"""The runs of a benchmark on the workers of a job that mpiexec started, by mpi4py.futures.

The first process hands out runs and collects what they gave; the others train. No process is started, so this works
with every MPI library, also those that cannot start processes later.
"""

from __future__ import annotations

import importlib
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from appliance.benchmark.tasks import Place, run_task
from appliance.workers.engine import load_engine

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from appliance.benchmark.tasks import Outcome, Task
    from appliance.launch.started import Started


class MpiPool:
    """The workers of a job, seen by its first process.

    Args:
        executor: of mpi4py.futures.
    """

    timed = False

    def __init__(self, executor: Any) -> None:  # noqa: ANN401 - of a library that may be missing
        self._executor = executor

    def run(self, tasks: Sequence[Task]) -> Generator[Outcome]:
        """Yield the outcome of every task, in the order of the tasks."""
        with closing(self._executor.map(run_on_worker, tasks)) as outcomes:
            yield from outcomes


@contextmanager
def open_workers(started: Started) -> Iterator[MpiPool | None]:
    """Give the first process of the job a pool; the others work here until it is done with it, and then get None.

    Raises:
        UsageError: mpi4py is missing, has no MPI, or belongs to another MPI than the engine.
    """
    mpi, futures = load_engine(started), importlib.import_module("mpi4py.futures")
    with futures.MPICommExecutor(mpi.COMM_WORLD, root=0) as executor:
        yield None if executor is None else MpiPool(executor)


def run_on_worker(task: Task) -> Outcome:
    """Carry out a task in this process of the job."""
    mpi = importlib.import_module("mpi4py.MPI")
    return run_task(task, Place(worker=mpi.COMM_WORLD.rank, host=mpi.Get_processor_name()))
