"""Signals at any moment: the exit codes of a shell, whole files, no traceback."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.config.loading import find_config_directory
from support.edits import swap
from support.start import make_environment, write_script

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]

CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
# The interpreter's own start, before a line of this project runs: it may die of the signal, or fail to import `site`.
_OF_PYTHON = ("init_import_site", "Could not import runpy", "encodings")
TRIALS = int(os.environ.get("REPRO_APPLIANCE_SIGNALS", "12"))


def start(command: list[str], cwd: Path, **more: str) -> subprocess.Popen[str]:
    """Start this interpreter with a command line."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=cwd,
        env=make_environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("name", sorted(CODES))
def test_signals_at_random_times(tmp_path: Path, name: str) -> None:
    """After the interpreter has started, each signal ends in its exit code; REPRO_APPLIANCE_SIGNALS sets the trials."""
    script, chance, other = write_script(tmp_path / "bin"), random.Random(name), []  # noqa: S311 - times, no secrets
    for _ in range(TRIALS):
        process, delay = start([str(script), "verify", "baseline", "baseline-f64"], tmp_path), chance.uniform(0.0, 0.5)
        time.sleep(delay)
        process.send_signal(signal.Signals[name])
        err = process.communicate(timeout=60)[1]
        died = process.returncode == -signal.Signals[name] and "startup" not in err
        of_python = process.returncode == 1 and any(mark in err for mark in _OF_PYTHON)
        if process.returncode != CODES[name] and not died and not of_python:
            other.append((delay, process.returncode, err))
        lost = "Exception ignored in" in err  # by a callback of Python, which prints it
        if process.returncode == CODES[name] and "Traceback" in err and not lost:
            other.append((delay, process.returncode, err))
    assert not other


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_signal_during_the_restart_waits(tmp_path: Path, name: str) -> None:
    """A signal that arrives while the interpreter is replaced is handled afterwards."""
    program = (
        "import os, signal\n"
        "from verify.startup import restart\n"
        "real = os.execve\n"
        "def replace(*given):\n"
        f"    os.kill(os.getpid(), signal.{name})\n"
        "    real(*given)\n"
        "os.execve = replace\n"
        "from repro_appliance import main\n"
        "main()\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    process = start(["program.py", "verify", "smoke"], tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == CODES[name], err
    assert "Traceback" not in err
    assert err.strip() in ("interrupted", "terminated", "terminated: the terminal was closed")


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_signal_lost_before_the_restart_still_counts(tmp_path: Path, name: str) -> None:
    """A callback of the import system can lose the exception; the restarted program would not know of the signal."""
    program = (
        "import os, signal, weakref\n"
        "from verify.startup import restart\n"
        "real = restart.plan_clean_start\n"
        "class Lock:\n"
        "    pass\n"
        "def plan(*given):\n"
        "    lock = Lock()\n"
        f"    watch = weakref.ref(lock, lambda _: os.kill(os.getpid(), signal.{name}))\n"
        "    del lock\n"
        "    return real(*given)\n"
        "restart.plan_clean_start = plan\n"
        "from repro_appliance import main\n"
        "main()\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    process = start(["program.py", "verify", "smoke"], tmp_path)
    out, err = process.communicate(timeout=60)
    assert process.returncode == CODES[name], err
    assert out == ""


@pytest.mark.parametrize("entry", ["repro_appliance", "appliance.__main__", "verify.__main__"])
@pytest.mark.parametrize("early", ["os.path.dirname", "os.path.join", "_signal.pthread_sigmask"])
def test_an_interrupt_in_the_first_lines_is_one(tmp_path: Path, entry: str, early: str) -> None:
    """From the first line of `main` on, an interrupt ends in 130 without a traceback, before anything holds signals."""
    program = (
        "import importlib, _signal, os, signal, sys\n"
        f"start = importlib.import_module({entry!r}).main\n"
        "def interrupt(*given):\n"
        "    raise KeyboardInterrupt\n"
        f"{early} = interrupt\n"
        "start()\n"
    )
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    process = start(["program.py", "--help"], tmp_path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_training_that_is_ended_leaves_no_half_run(tmp_path: Path, name: str) -> None:
    """While it trains, a signal ends it at once, and no run directory is there."""
    text = (find_config_directory() / "baseline.toml").read_text(encoding="utf-8")
    (tmp_path / "long.toml").write_text(swap(text, "epochs = 3", "epochs = 1000"), encoding="utf-8")
    process = start(["-m", "appliance", "train", "--config", "long.toml", "--out", "here"], tmp_path)
    time.sleep(2.5)
    process.send_signal(signal.Signals[name])
    started = time.perf_counter()
    process.communicate(timeout=60)
    assert process.returncode == CODES[name]
    assert time.perf_counter() - started < 2.0
    assert not (tmp_path / "here").exists()


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    """Under nohup a closed terminal changes nothing."""
    program = (
        "import os, signal, sys\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\nos.execv(sys.argv[1], sys.argv[1:])\n"
    )
    command = ["-c", program, sys.executable, "-m", "appliance", "verify", "smoke"]
    process = start(command, tmp_path)
    for _ in range(5):
        time.sleep(0.3)
        process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_swallowed_interrupt_still_ends_in_130(tmp_path: Path) -> None:
    """Code that loses the exception, as a callback from C does, does not make the interrupt a success."""
    (tmp_path / "line.py").write_text(
        "import os, signal\n"
        "def run(arguments):\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    except BaseException:\n"
        "        pass\n"
        "    return 0\n",
        encoding="utf-8",
    )
    (tmp_path / "program.py").write_text(
        "from verify.startup.program import start\nstart(__file__, 'line')\n", encoding="utf-8"
    )
    process = start(["program.py"], tmp_path)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "interrupted\n")
