"""The engine that starts several workers: the mpiexec that belongs to the MPI of mpi4py."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.proving.planting import plan_start
from appliance.proving.worlds import NotTried, World
from appliance.workers.mpiexec import PERMISSIONS, find_mpiexec, name_library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.processes.child import Command
    from appliance.proving.children import Bench
    from appliance.proving.request import Subject

INSTALL = 'pip install "repro-appliance[mpi]" mpich'
_OPEN_MPI = "Open MPI"
_ALLOWED = {**PERMISSIONS, "PRTE_MCA_hwloc_default_binding_policy": "none"}


@attrs.frozen(kw_only=True)
class Engine:
    """An engine.

    Args:
        program: mpiexec.
        library: the MPI of mpi4py, as it names itself.
    """

    program: Path
    library: str


def find_engine(bench: Bench, mpiexec: Path | None) -> Engine | NotTried:
    """Return the engine, or why there is none.

    Args:
        bench: where children run.
        mpiexec: the program; None for the one beside this interpreter, or the first one on PATH.
    """
    name = "several workers"
    if importlib.util.find_spec("mpi4py") is None:
        return NotTried(name=name, reason=f"mpi4py is not installed: {INSTALL}")
    found = _find_program(mpiexec, bench.environment.get("PATH"))
    if found is None:
        shown = "mpiexec" if mpiexec is None else str(mpiexec)
        return NotTried(name=name, reason=f"there is no program {shown}: {INSTALL}, or --mpiexec PATH")
    words = ("-c", "from mpi4py import MPI; print(MPI.Get_library_version())")
    answer = bench.run(bench.plan(words, Path.cwd(), changes=_ALLOWED))
    library = name_library(answer.output)
    if answer.code != 0 or not library:
        return NotTried(name=name, reason=f"mpi4py finds no MPI library: {answer.last_line}; {INSTALL}")
    return Engine(program=found, library=library)


def _find_program(mpiexec: Path | None, path: str | None) -> Path | None:
    if mpiexec is not None:
        return mpiexec.resolve() if mpiexec.is_file() else None
    return find_mpiexec(path)


def spread(engine: Engine, subject: Subject, bench: Bench, count: int) -> World:
    """Return the world in which so many workers train together."""
    changes = _ALLOWED if _OPEN_MPI in engine.library else {}

    def plan(words: Sequence[str], directory: Path) -> Command:
        inner = bench.plan((*plan_start(subject.plant), *words), directory, threads=subject.threads, changes=changes)
        start = (str(engine.program), "-n", str(count))
        return attrs.evolve(inner, arguments=(*start, *inner.arguments))

    name = "1 worker" if count == 1 else f"{count} workers"
    return World(name=name, threads=subject.threads, plan=plan, workers=count)
