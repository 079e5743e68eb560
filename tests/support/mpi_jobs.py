"""Jobs of mpiexec, with whatever MPI the interpreter's mpi4py uses."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
HAS_MPI = MPIEXEC is not None and importlib.util.find_spec("mpi4py") is not None

# Jobs may run as anybody, with more processes than processors.
_PERMISSIONS = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_ALLOW_RUN_AS_ROOT": "1",
    "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_mpi_yield_when_idle": "1",
}
_PATIENCE = 300


def is_open_mpi() -> bool:
    """Return whether mpiexec is that of Open MPI."""
    found = subprocess.run([str(MPIEXEC), "--version"], capture_output=True, text=True, check=False)
    return "Open MPI" in found.stdout or "open-mpi" in found.stdout


def plan_job(*parts: tuple[int, list[str]]) -> list[str]:
    """Return the command of a job: processes with their programs, one kind after the other."""
    words = [word for count, program in parts for word in (":", "-n", str(count), *program)]
    return [str(MPIEXEC), *words[1:]]


def run_job(*parts: tuple[int, list[str]], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a job to its end."""
    environment = {**os.environ, **_PERMISSIONS, **variables}
    return subprocess.run(
        plan_job(*parts), env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=_PATIENCE, check=False,
    )  # fmt: skip


def start_job(*parts: tuple[int, list[str]]) -> subprocess.Popen[str]:
    """Start a job."""
    return subprocess.Popen(
        plan_job(*parts), env={**os.environ, **_PERMISSIONS}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def train(*words: object) -> list[str]:
    """Return the program of one worker that trains."""
    return [sys.executable, "-m", "appliance", "train", *map(str, words)]
