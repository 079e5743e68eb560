"""`prove workers` in jobs of whatever MPI the interpreter's mpi4py uses."""

from __future__ import annotations

import json
import subprocess
import sys

from support.mpi_jobs import IN_JOBS

pytestmark = IN_JOBS


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
