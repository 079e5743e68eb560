"""Loads mpi4py, once there are several processes; without them it is never imported."""

from __future__ import annotations

import importlib
import socket
from typing import TYPE_CHECKING, Any

from appliance.workers.mpiexec import name_library
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance.launch.started import Started

_REMEDY = 'pip install "repro-appliance[mpi]" and the MPI of this engine (docs/workers.md)'


def load_engine(started: Started) -> Any:  # noqa: ANN401 - mpi4py is installed where it is needed only
    """Return the module `mpi4py.MPI` with MPI initialised, in the world that the engine started.

    Raises:
        UsageError: mpi4py is missing, has no MPI, or belongs to another MPI than the engine.
    """
    there = f"{started.engine}, {_name_count(started)}"
    try:
        mpi = importlib.import_module("mpi4py.MPI")
    except ImportError as error:
        raise UsageError(
            "several processes train together by mpi4py, which is not installed",
            expected="the package mpi4py on every host",
            found=f"{error}; started by {there}",
            where=socket.gethostname(),
            remedy=_REMEDY,
        ) from None
    except RuntimeError as error:
        raise UsageError(
            "mpi4py finds no MPI library",
            expected=f"that of {started.engine}",
            found=error,
            where=socket.gethostname(),
            remedy=_REMEDY,
        ) from None
    _require_world(mpi, started)
    return mpi


def _require_world(mpi: Any, started: Started) -> None:  # noqa: ANN401 - as above
    """Return if MPI has the processes that the engine started.

    Raises:
        UsageError: it has other ones, so that each process would train alone.
    """
    size, rank = mpi.COMM_WORLD.Get_size(), mpi.COMM_WORLD.Get_rank()
    if (size, rank) != (started.count or size, started.index):
        raise UsageError(
            "mpi4py belongs to another MPI than the engine that started the processes",
            expected=f"{_name_count(started)}, as {started.engine} says",
            found=f"{size} in {name_library(mpi.Get_library_version())}",
            where=socket.gethostname(),
            remedy="start with the mpiexec of that library, or install mpi4py for this one",
        )


def _name_count(started: Started) -> str:
    return "several processes" if started.count is None else f"{started.count} processes"
