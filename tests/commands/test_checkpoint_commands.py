"""`train --resume` in processes: killed or stopped by a signal, it ends with the files of the undisturbed run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from appliance.config.loading import find_config_directory
from support.edits import swap
from support.start import make_environment
from verify.files.run import RESULTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]

EPOCHS = 60


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Start a training of the small configuration with many epochs and a trace of every step."""
    command = [sys.executable, "-m", "appliance", "train", "--config", "long.toml", "--trace", "step", *words]
    return subprocess.Popen(
        command, cwd=folder, env=make_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the configuration and the undisturbed run."""
    place = tmp_path_factory.mktemp("commands")
    text = (find_config_directory() / "smoke.toml").read_text(encoding="utf-8")
    (place / "long.toml").write_text(swap(text, "\nepochs = 2\n", f"\nepochs = {EPOCHS}\n"), encoding="utf-8")
    process = start(place, "--out", "whole")
    _, err = process.communicate(timeout=300)
    assert (process.returncode, err) == (0, "")
    assert sorted(path.name for path in place.iterdir()) == ["long.toml", "whole"]
    return place


@pytest.mark.parametrize(("name", "code"), [("SIGKILL", -9), ("SIGTERM", 143), ("SIGINT", 130), ("SIGHUP", 129)])
def test_an_interrupted_training_goes_on(folder: Path, name: str, code: int) -> None:
    """History, weights, predictions, record and the trace are equal byte for byte; nothing is left beside the run."""
    run = folder / name.lower()
    checkpoints = run.with_name(f"{run.name}.checkpoints")
    process = start(folder, "--out", run.name, "--checkpoint-every", "7")
    until = time.monotonic() + 120
    while not list(checkpoints.glob("checkpoint-*.safetensors")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.Signals[name])
    _, err = process.communicate(timeout=120)
    assert process.returncode == code
    again = f"repro-appliance train --config long.toml --trace step --out {run.name} --checkpoint-every 7 --resume"
    assert (again in err) == (code > 0)
    assert "Traceback" not in err
    assert not run.exists()
    process = start(folder, "--out", run.name, "--resume")
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0
    assert err.startswith("note: resumed after ")
    for file in (*RESULTS, "trace/events.jsonl"):
        assert (run / file).read_bytes() == (folder / "whole" / file).read_bytes(), file
    assert not checkpoints.exists()


def test_an_interval_that_is_none_is_refused(folder: Path) -> None:
    """A word that is no interval is an error of the request."""
    process = start(folder, "--checkpoint-every", "often")
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "this is no interval of checkpoints" in err
