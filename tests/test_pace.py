"""The markers `process` and `slow`: an unmarked test that needs one of them fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.pace import Pace

_SAMPLE = """
import subprocess, sys, time
import pytest

def start():
    subprocess.run([sys.executable, "-c", ""], check=True)

def work():
    end = time.process_time() + 1.0
    while time.process_time() < end:
        pass

@pytest.fixture
def started():
    start()

def test_starts(): start()
def test_starts_in_a_fixture(started): pass
def test_works(): work()
def test_is_quick(): pass

@pytest.mark.process
def test_marked_starts(): start()

@pytest.mark.slow
def test_marked_works(): work()
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("options", "failed"),
    [
        ((), {"test_starts", "test_starts_in_a_fixture"}),
        (("--fail-slow", "0.5"), {"test_starts", "test_starts_in_a_fixture", "test_works"}),
    ],
)
def test_missing_marker_is_a_failure(options: tuple[str, ...], failed: set[str], tmp_path: Path) -> None:
    """Tests that start a process or take long without their marker fail; the marked and the quick ones pass."""
    (tmp_path / "test_sample.py").write_text(_SAMPLE, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  process: x\n  slow: x\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "support.pace", "-p", "no:cacheprovider", "-q", "-rf", *options]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert {line.split("::")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("FAILED")} == failed
    assert done.returncode == 1


@pytest.mark.parametrize(("wall", "marks", "needed"), [(2.9, set(), False), (3.1, set(), True), (3.1, {"slow"}, False)])
def test_waiting_counts_from_three_times_the_limit(wall: float, marks: set[str], needed: bool) -> None:
    """A test that waits long without computing is slow as well."""
    pace = Pace(began=float("inf"), wall=wall)
    assert (pace.find_fault(marks, 1.0) is not None) == needed


def test_other_programs_need_no_marker() -> None:
    """Only processes of Python count: the program, or a part of it."""
    pace = Pace()
    pace.watch("subprocess.Popen", ("git", ["git", "status"], None, None))
    pace.watch("open", (sys.executable, "r", 0))
    assert pace.find_fault(set(), None) is None
    pace.watch("subprocess.Popen", ("sh", ["sh", "-c", f"{sys.executable} -c ''"], None, None))
    assert pace.find_fault(set(), None) is not None
