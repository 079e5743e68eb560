"""Second signals and second processes on one run; steps take as long as a test wants."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.launch.variables import plan_variables
from support.start import make_environment

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]

PROGRAM = """
import sys, time
from pathlib import Path
from appliance.training.trainer import Trainer
from verify.startup import signals

real, steps = Trainer.step, []
def step(*given):
    found = real(*given)
    steps.append(1)
    if len(steps) == 3 and "--resume" not in sys.argv:
        Path("third").touch()
        while not Path("end").exists():
            time.sleep(0.01)
    return found
Trainer.step = step
from repro_appliance import main
sys.exit(main())
"""
SMOKE = "sha256:6743c6f2"
PATIENCE = 120


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start a training whose third step lasts until there is a file `end`."""
    (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
    command = [sys.executable, "program.py", "train", "smoke", "--out", "run", "--checkpoint-every", "1", "--json"]
    return subprocess.Popen(
        [*command, *words],
        cwd=folder,
        env=make_environment(**plan_variables("portable")),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for_the_third_step(process: subprocess.Popen[str], folder: Path) -> None:
    """Return when the third step has begun."""
    while not (folder / "third").exists():
        assert process.poll() is None
        time.sleep(0.02)


def resume(folder: Path) -> str:
    """Go on to the end; return what is told."""
    out, err = start(folder, "--resume").communicate(timeout=PATIENCE)
    assert json.loads(out)["digests"]["run"].startswith(SMOKE)
    assert sorted(path.name for path in folder.iterdir() if path.is_dir()) == ["run"]
    return err


def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    """The step never ends; the checkpoint after the second step is there, and the training goes on from it."""
    process = start(tmp_path)
    wait_for_the_third_step(process, tmp_path)
    process.send_signal(signal.SIGTERM)
    time.sleep(1.0)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143
    assert "Traceback" not in err
    assert "the checkpoint after epoch 1, step 2" in err
    assert "resumed after epoch 1, step 2" in resume(tmp_path)


def test_signals_that_come_together_count_as_one(tmp_path: Path) -> None:
    """A closed terminal sends two: the step ends first, and a checkpoint after it is written."""
    process = start(tmp_path)
    wait_for_the_third_step(process, tmp_path)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    time.sleep(1.0)
    assert process.poll() is None
    (tmp_path / "end").touch()
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 129
    assert "the checkpoint after epoch 1, step 3" in err
    assert "resumed after epoch 1, step 3" in resume(tmp_path)


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    """It is an error of the request, at once; after a SIGKILL of the first nobody has to remove anything."""
    first = start(tmp_path)
    wait_for_the_third_step(first, tmp_path)
    for words in ((), ("--resume",)):
        second = start(tmp_path, *words)
        out, err = second.communicate(timeout=PATIENCE)
        assert second.returncode == 2
        assert "another process trains this run now" in out + err
        assert "Traceback" not in err
        assert first.poll() is None
    first.kill()
    first.communicate(timeout=PATIENCE)
    assert "resumed after epoch 1, step 2" in resume(tmp_path)
