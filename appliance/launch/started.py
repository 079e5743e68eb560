"""Which processes an engine for many workers, such as mpiexec, has started.

Engines tell each process its number and how many there are in variables of their own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import attrs

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


@attrs.frozen
class Started:
    """What an engine told this process.

    Attributes:
        index: the number of this process, from 0.
        count: how many processes there are; None where only MPI can tell.
        local: the number of this process among those on its host, from 0.
        engine: what started it.
    """

    index: int
    count: int | None
    local: int
    engine: str

    @property
    def is_several(self) -> bool:
        """Whether there is, or may be, more than one process."""
        return self.count != 1

    def describe(self) -> str:
        """Return how many processes there are, and what started them, in words."""
        return f"{self.count or 'several'} processes, started by {self.engine}"


ALONE = Started(0, 1, 0, "none")

# The name of an engine with its variables for number, count and number on the host. Open MPI comes first, because it
# runs inside jobs of the others; in a Slurm job without srun there is no count of a step.
_ENGINES = (
    ("Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"),
    ("MVAPICH", "MV2_COMM_WORLD_RANK", "MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_LOCAL_RANK"),
    ("MPICH", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID"),
    ("srun", "SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID"),
)
_PMIX = "PMIX_RANK"


def read_started(environ: Mapping[str, str]) -> Started:
    """Return what the engine that started this process says in its environment; `ALONE` if there was none.

    >>> read_started({"PMI_RANK": "2", "PMI_SIZE": "4"})
    Started(index=2, count=4, local=2, engine='MPICH')
    >>> read_started({}).is_several
    False
    """
    for engine, index, count, local in _ENGINES:
        number, processes = _read(environ, index), _read(environ, count)
        if number is not None and processes is not None and processes > number:
            own = _read(environ, local)
            return Started(number, processes, number if own is None else own, engine)
    number = _read(environ, _PMIX)
    return ALONE if number is None else Started(number, None, number, "PMIx")


def find_started() -> Started:
    """Return what the engine that started this process says in its environment; see `read_started`."""
    return read_started(os.environ)


def require_alone() -> None:
    """Return if no engine has started this program several times.

    Raises:
        UsageError: it has, so that each process would train alone.
    """
    started = find_started()
    if started.is_several:
        raise UsageError(
            "each of several processes would train alone",
            expected="a start without mpiexec, or an exchange between the processes",
            found=started.describe(),
            remedy="exchange=appliance.join_workers() in a program of yours (docs/workers.md)",
        )


def _read(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name, "")
    return int(text) if text.isdecimal() else None
