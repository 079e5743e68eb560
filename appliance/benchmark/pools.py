"""The choice of where runs are made."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.benchmark.mpi import open_workers
from appliance.benchmark.spreading import FreshProcesses, OneProcess
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from appliance.benchmark.spreading import Pool

_SIZES = ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS")


def count_processes(environ: Mapping[str, str]) -> int:
    """Return how many processes mpiexec started as this job; 1 without it."""
    found = next((environ[name] for name in _SIZES if name in environ), "1")
    return int(found) if found.isdecimal() else 1


@contextmanager
def open_pool(jobs: int | None, environ: Mapping[str, str], *, fresh: bool = False) -> Iterator[Pool | None]:
    """Give a pool; None in a process of a job that has worked for the first process and is done.

    Args:
        jobs: runs at a time on this machine; None for one, in this process.
        environ: the variables by which a job is recognised.
        fresh: whether every run wants a process of its own.

    Raises:
        UsageError: processes are asked for in a job of mpiexec.
    """
    if count_processes(environ) > 1:
        with open_workers() as pool:
            if pool is not None and (jobs or fresh):
                raise UsageError(
                    "a process that mpiexec started starts no others",
                    expected="either mpiexec, or --jobs or --fresh",
                    found="--jobs" if jobs else "--fresh",
                )
            yield pool
    else:
        yield OneProcess() if jobs is None else FreshProcesses(jobs)
