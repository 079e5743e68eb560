"""The children of this process are listed while its threads begin and end."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from delivery.ci import processes

pytestmark = [
    pytest.mark.checkout,
    pytest.mark.process,
    pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs /proc"),
]


def test_threads_that_end_meanwhile_hide_no_child() -> None:
    """A child is listed each time, whatever other threads do."""
    stopped = threading.Event()

    def churn() -> None:
        while not stopped.is_set():
            short = [threading.Thread(target=int) for _ in range(8)]
            for thread in short:
                thread.start()
            for thread in short:
                thread.join()

    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        busy = threading.Thread(target=churn)
        busy.start()
        try:
            assert all(child.pid in processes._list_children() for _ in range(2000))
        finally:
            stopped.set()
            busy.join()
            child.communicate(b"\n")
