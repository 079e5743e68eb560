"""The choice of where runs are made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.benchmark.mpi import open_workers
from appliance.benchmark.spreading import FreshProcesses, OneProcess
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.benchmark.spreading import Pool
    from appliance.launch.started import Started


@contextmanager
def open_pool(jobs: int | None, started: Started, *, fresh: bool = False) -> Iterator[Pool | None]:
    """Give a pool; None in a process of a job that has worked for the first process and is done.

    Args:
        jobs: runs at a time on this machine; None for one, in this process.
        started: which processes an engine such as mpiexec has started.
        fresh: whether every run wants a process of its own.

    Raises:
        UsageError: processes are asked for in a job of mpiexec, or mpi4py is missing or belongs to another MPI.
    """
    if started.is_several:
        with open_workers(started) as pool:
            if pool is not None and (jobs or fresh):
                raise UsageError(
                    "a process that mpiexec started starts no others",
                    expected="either mpiexec, or --jobs or --fresh",
                    found="--jobs" if jobs else "--fresh",
                )
            yield pool
    else:
        yield OneProcess() if jobs is None else FreshProcesses(jobs)
