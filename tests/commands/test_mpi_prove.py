"""`prove workers` in jobs of whatever MPI the interpreter's mpi4py uses."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")

pytestmark = [
    pytest.mark.mpi,
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(
        _MPIEXEC is None or importlib.util.find_spec("mpi4py") is None, reason="needs mpi4py and mpiexec"
    ),
]


def test_smoke_is_the_same_on_several_workers() -> None:
    """Two and three workers give the digests and the files of one process."""
    command = [sys.executable, "-m", "appliance", "prove", "workers", "--workers", "2,3", "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert [(trial["world"], trial["status"]) for trial in found["trials"]] == [
        ("2 workers", "identical"),
        ("3 workers", "identical"),
    ]
