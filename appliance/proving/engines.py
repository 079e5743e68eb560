"""The engine that starts several workers: the mpiexec that belongs to the MPI of mpi4py."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.proving.planting import plan_start
from appliance.proving.worlds import NotTried, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.processes.child import Command
    from appliance.proving.children import Bench
    from appliance.proving.request import Subject

INSTALL = 'pip install "repro-appliance[mpi]" mpich'
_OPEN_MPI = "Open MPI"
PERMISSIONS = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_ALLOW_RUN_AS_ROOT": "1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
}
"""Variables with which Open MPI starts more workers than there are processors, also as root."""
_CHANGES = {**PERMISSIONS, "PRTE_MCA_hwloc_default_binding_policy": "none"}


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
    answer = bench.run(bench.plan(words, Path.cwd(), changes=_CHANGES))
    library = answer.output.strip("\0 \n")
    if answer.code != 0 or not library:
        return NotTried(name=name, reason=f"mpi4py finds no MPI library: {answer.last_line}; {INSTALL}")
    return Engine(program=found, library=" ".join(library.splitlines()[0].split()))


def _find_program(mpiexec: Path | None, path: str | None) -> Path | None:
    if mpiexec is not None:
        return mpiexec.resolve() if mpiexec.is_file() else None
    beside = shutil.which("mpiexec", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("mpiexec", path=path)
    return None if found is None else Path(found)


def spread(engine: Engine, subject: Subject, bench: Bench, count: int) -> World:
    """Return the world in which so many workers train together."""
    changes = _CHANGES if _OPEN_MPI in engine.library else {}

    def plan(words: Sequence[str], directory: Path) -> Command:
        inner = bench.plan((*plan_start(subject.plant), *words), directory, threads=subject.threads, changes=changes)
        start = (str(engine.program), "-n", str(count))
        return attrs.evolve(inner, arguments=(*start, *inner.arguments))

    name = "1 worker" if count == 1 else f"{count} workers"
    return World(name=name, threads=subject.threads, plan=plan, workers=count)
