"""The command `run`: streams, exit codes, what holds in the child, the fingerprint."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.cli.app import run
from support.printed_answers import check_answer
from support.run_program import run_program

if TYPE_CHECKING:
    from pathlib import Path

    from support.run_program import RunProgram

__all__ = ["run_program"]
pytestmark = pytest.mark.process

_WORLD = (
    "import os, time; import numpy as np; from numpy.linalg import norm;"
    "print(hash('a'), sorted({'x', 'y'}), time.localtime(0)[:5], os.environ['OMP_NUM_THREADS'],"
    "np.sin(np.arange(9.0)).tobytes().hex(), np.argsort(np.arange(99) % 7).tolist())"
)


@pytest.mark.slow
def test_results_do_not_depend_on_the_surroundings(run_program: RunProgram, tmp_path: Path) -> None:
    """Other threads, hash seeds and zones outside give the same output and the same fingerprint, byte for byte."""
    outer: tuple[dict[str, str], ...] = (
        {"OMP_NUM_THREADS": "2", "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
        {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C"},
    )
    shown, written = set(), set()
    for variables in outer:
        done = run_program("run", "--", sys.executable, "-c", _WORLD, cwd=None, prefix=(), **variables)
        assert done.code == 0, done.err
        shown.add(done.out)
        written.add((tmp_path / "run-fingerprint.json").read_bytes())
    assert (len(shown), len(written)) == (1, 1)
    body = json.loads(written.pop())
    assert body["schema"] == "repro-appliance/world/1"
    held = {row["name"] for row in body["settings"] if row["status"] == "holds"}
    assert {"hash-seed", "timezone", "umask", "file-order", "source-date"} <= held
    assert any(name.startswith("numpy==") for name in body["packages"])


def test_surroundings_matter_without_it(tmp_path: Path) -> None:
    """Control: the same program without `run` gives other output in each surroundings."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", "print(hash('a'))"], cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True, check=True,
        ).stdout
        for seed in ("1", "7")
    }  # fmt: skip
    assert len(outputs) == 2


@pytest.mark.slow
def test_streams_and_exit_code_are_the_programs(tmp_path: Path) -> None:
    """Standard input, output, error and the exit code pass through, and a file is written in place."""
    text = "import sys; open('made', 'w').write(sys.stdin.read()); print('out'); print('err', file=sys.stderr); exit(7)"
    done = subprocess.run(
        [sys.executable, "-m", "appliance", "run", "-o", "world.json", "--", sys.executable, "-c", text],
        cwd=tmp_path, input="given", capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (7, "out\n")
    assert done.stderr.endswith("err\n")
    assert "sitecustomize" not in done.stderr
    assert (tmp_path / "made").read_text() == "given"
    assert json.loads((tmp_path / "world.json").read_text())["host"]["python"].startswith("CPython")


@pytest.mark.slow
def test_json_is_alone_on_standard_output(run_program: RunProgram) -> None:
    """With --json the program's own output goes to standard error."""
    done = run_program("run", "--json", "--", sys.executable, "-c", "print('out')")
    assert done.body["schema"] == "repro-appliance/world/1"
    check_answer(done.body)
    assert done.err.endswith("out\n")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_signals_reach_the_program(tmp_path: Path) -> None:
    """SIGTERM ends the program as it decides; Python's own ignored signals are not inherited."""
    text = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(9));"
        "open('ready', 'w').close(); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "appliance", "run", "--", sys.executable, "-c", text], cwd=tmp_path
    )
    deadline = time.monotonic() + 100
    while not (tmp_path / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(100) == 9


@pytest.mark.slow
def test_strict_refuses_what_cannot_be_fixed(run_program: RunProgram, tmp_path: Path) -> None:
    """With -I Python ignores the hash seed: the command is not started, exit code 3; without --strict it is."""
    words = ("--", sys.executable, "-I", "-c", "open('made', 'w').close()")
    done = run_program("run", "--strict", *words)
    assert done.code == 3
    assert "hash-seed" in done.err
    assert list(tmp_path.iterdir()) == []
    done = run_program("run", *words)
    assert done.code == 0
    assert "not fixed: hash-seed" in done.err
    assert (tmp_path / "made").exists()


def test_wrong_requests_start_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command is 2, a program that cannot be started is 3, another file in the place of the fingerprint is 2."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.json").write_text("{}")
    (tmp_path / "plain").write_text("text")
    assert run(["run"]) == 2
    assert run(["run", "--", "no-such-program"]) == 3
    assert run(["run", "--", "./plain"]) == 3
    assert run(["run", "-o", "mine.json", "--", sys.executable, "-c", "open('made', 'w')"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.json", "plain"]
    assert (tmp_path / "mine.json").read_text() == "{}"
