"""The train command: JSON, exit codes, errors without tracebacks."""

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
from appliance.config.loading import find_config_directory
from support.edits import swap

if TYPE_CHECKING:
    from pathlib import Path

    from support.run_program import RunProgram

pytestmark = pytest.mark.process


def test_train_prints_one_json_object_and_writes_the_run(run_program: RunProgram, tmp_path: Path) -> None:
    """`train --json` prints the record, and the run directory that it names has the same record."""
    outcome = run_program("train", "--config", "smoke", "--json")
    assert outcome.code == 0
    assert outcome.err == ""
    place = tmp_path / outcome.body["run_dir"]
    record, machine = (json.loads((place / name).read_text()) for name in ("record.json", "machine.json"))
    told = {key: outcome.body[key] for key in ("certificate", "program", "run_dir", "timing")}
    golden = outcome.body["golden"]
    assert (golden["verdict"], golden["expected"]) == ("identical", outcome.body["digests"]["run"])
    assert outcome.body == {**record, **told, "golden": golden}
    assert machine.items() >= told.items()
    assert machine["program"]


def test_train_text_names_the_digest(run_program: RunProgram) -> None:
    """Without --json a person reads losses, digests and where the run is."""
    outcome = run_program("train", "--config", "smoke", "--out", "here")
    assert outcome.code == 0
    assert outcome.err == ""
    assert "sha256:" in outcome.out
    assert "written to here" in outcome.out


def test_a_seed_on_the_command_line_is_another_run(run_program: RunProgram) -> None:
    """--seed replaces the configuration's seed everywhere."""
    first, second = (run_program("train", "--config", "smoke", "--json", "--seed", seed).body for seed in ("1", "2"))
    assert second["seed"] == 2
    assert first["digests"]["dataset"] != second["digests"]["dataset"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("train", "--config", "nothing"), "baseline"),
        (("train", "--config", "none.toml"), "none.toml"),
        (("train", "--config", "smoke", "--profile", "quick"), "--profile"),
        (("train", "--config", "smoke", "--threads", "0"), "--threads"),
        (("train", "--config", "smoke", "--seed", "-3"), "seed"),
        (("train", "--config", "mnist-mlp", "--data-dir", "empty"), "train-images"),
        (("train",), "--config"),
        (("fly",), "fly"),
    ],
)
def test_what_a_user_gets_wrong_is_exit_code_2_without_traceback(
    run_program: RunProgram, arguments: tuple[str, ...], says: str
) -> None:
    """Each mistake is one message on stderr that names it."""
    outcome = run_program(*arguments)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_internal_errors_never_look_like_a_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is raised inside a command ends as exit code 2, not 1, and without traceback."""
    for error in (ValueError("odd"), OSError(28, "No space left on device"), MemoryError()):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("appliance.verification.goldens.read_goldens", fail)
        assert run(["golden", "list"]) == 2
        shown = capsys.readouterr().err
        assert "Traceback" not in shown
        assert ("internal error" in shown) == isinstance(error, ValueError)


def test_a_run_directory_that_is_a_file_is_a_mistake(run_program: RunProgram, tmp_path: Path) -> None:
    """--out naming a regular file: exit code 2, and the file stays."""
    (tmp_path / "file").write_text("x")
    outcome = run_program("train", "--config", "smoke", "--out", "file")
    assert outcome.code == 2
    assert "Traceback" not in outcome.err
    assert (tmp_path / "file").read_text() == "x"


def test_debug_shows_the_traceback(run_program: RunProgram) -> None:
    """--debug is for whoever wants to see where an error was raised."""
    outcome = run_program("--debug", "train", "--config", "nothing")
    assert outcome.code == 2
    assert "Traceback" in outcome.err


def test_an_unwritable_place_is_reported(run_program: RunProgram, tmp_path: Path) -> None:
    """A run directory below a file cannot be made: exit code 2, one message."""
    (tmp_path / "file").write_text("x")
    outcome = run_program("train", "--config", "smoke", "--out", "file/run")
    assert outcome.code == 2
    assert "Traceback" not in outcome.err


def test_interrupting_ends_with_130_and_no_debris(tmp_path: Path) -> None:
    """Ctrl-C during training leaves exit code 130 and no run directory, but a checkpoint and how to go on from it."""
    settings = swap((find_config_directory() / "smoke.toml").read_text(), "epochs = 2", "epochs = 1000000")
    (tmp_path / "endless.toml").write_text(settings)
    command = [sys.executable, "-m", "appliance", "train", "--config", "endless.toml", "--out", "run"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    kept = (tmp_path / "run.checkpoints").exists()  # not where the training had not begun
    assert err.splitlines()[0] == "interrupted"
    assert ("repro-appliance train --config endless.toml --out run --resume" in err) == kept
    assert {path.name for path in tmp_path.iterdir()} - {"run.checkpoints"} == {"endless.toml"}


def test_no_progress_bar_without_a_terminal(run_program: RunProgram) -> None:
    """Where standard error is not a terminal, no bar and no control code is written to it."""
    outcome = run_program("train", "--config", "smoke", "--json")
    assert outcome.err == ""
    assert "\x1b" not in run_program("train", "--config", "smoke").err


def test_a_terminal_sees_progress(tmp_path: Path) -> None:
    """On a pseudo-terminal the configuration's name and epoch are drawn."""
    import pty  # noqa: PLC0415

    master, slave = pty.openpty()
    command = [sys.executable, "-m", "appliance", "train", "--config", "baseline", "--out", "run"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=slave, stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"}
    )
    os.close(slave)
    seen = b""
    while True:
        try:
            part = os.read(master, 4096)
        except OSError:
            break
        if not part:
            break
        seen += part
    os.close(master)
    assert process.wait(timeout=60) == 0
    assert b"baseline epoch" in seen
