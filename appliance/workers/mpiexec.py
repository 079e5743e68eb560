"""The program that starts several workers."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PERMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_ALLOW_RUN_AS_ROOT": "1",
        "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    }
)
"""Variables with which Open MPI starts more workers than there are processors, also as root."""


def find_mpiexec(path: str | None = None) -> Path | None:
    """Return the mpiexec beside this interpreter, or the first one on a search path; None if there is none.

    Args:
        path: folders as in PATH; None for PATH itself.
    """
    beside = shutil.which("mpiexec", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("mpiexec", path=path)
    return None if found is None else Path(found)


def name_library(version: str) -> str:
    """Return the first line of what an MPI library says of itself.

    >>> name_library("Open MPI  v5.0.11, package: x")
    'Open MPI v5.0.11, package: x'
    >>> name_library("")
    ''
    """
    return " ".join(version.strip("\0 \n").partition("\n")[0].split())
