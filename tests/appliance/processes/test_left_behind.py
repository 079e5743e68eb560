"""Processes that a child leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from appliance.processes import limits
from appliance.processes.child import Children, Command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.process


def _start(text: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-S", "-c", text], env=os.environ | {"LEFT_MARK": str(os.getpid())})


def test_marked_processes_are_ended() -> None:
    """A process with the mark is found and ended, also one that ignores SIGTERM."""
    text = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", text], stdout=subprocess.PIPE, env=os.environ | {"LEFT_MARK": str(os.getpid())}
    )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        found = limits.end_marked(("LEFT_MARK", str(os.getpid())))
    assert len(found) == 1
    assert "time.sleep(600)" in found[0]
    assert process.returncode == -9


def test_zombies_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has ended, but was not collected by its parent, costs no time; who runs is waited for and returned."""
    ended, running = _start(""), _start("import time; time.sleep(600)")
    try:
        zombie = psutil.Process(ended.pid)
        while zombie.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        pauses: list[float] = []
        monkeypatch.setattr("appliance.processes.limits.time.sleep", pauses.append)
        assert limits._wait_ended([zombie]) == []
        assert pauses == []
        assert [process.pid for process in limits._wait_ended([psutil.Process(running.pid)])] == [running.pid]
        assert pauses
    finally:
        running.kill()
        running.wait()
        ended.wait()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_what_still_writes_may_end(tmp_path: Path) -> None:
    """A process that ends a moment after the first one has written everything, and was not left behind."""
    mark = ("LEFT_MARK", f"late-{os.getpid()}")
    program = "(sleep 0.05; echo late > late.txt) & echo first"
    command = Command(
        arguments=("sh", "-c", program), environment=dict([*os.environ.items(), mark]), directory=tmp_path
    )
    assert Children().run(command, tmp_path).code == 0
    assert limits.end_marked(mark) == []
    assert (tmp_path / "late.txt").read_text(encoding="utf-8") == "late\n"


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
def test_what_does_not_end_is_ended(tmp_path: Path) -> None:
    """Control: a process that sleeps on is not waited for."""
    mark = ("LEFT_MARK", f"long-{os.getpid()}")
    program = "(sleep 60; echo late > late.txt) & echo first"
    command = Command(
        arguments=("sh", "-c", program), environment=dict([*os.environ.items(), mark]), directory=tmp_path
    )
    started = time.perf_counter()
    assert Children().run(command, tmp_path).code == 0
    limits.end_marked(mark)
    assert time.perf_counter() - started < 50
    assert not (tmp_path / "late.txt").exists()
