"""Standard streams that are closed, full or abandoned: exit codes keep their meaning."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.config.loading import find_config_directory
from support.edits import swap

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.skipif(os.name == "nt", reason="written for a POSIX shell"), pytest.mark.process]
PROGRAM = f"{shlex.quote(sys.executable)} -m appliance"


def run_shell(line: str, folder: Path) -> tuple[int, str, str]:
    """Run a line of bash with PROGRAM replaced by this program; return exit code, output, messages."""
    done = subprocess.run(
        ["bash", "-c", line.replace("PROGRAM", PROGRAM)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("PROGRAM golden check 2>&1 | true; exit ${PIPESTATUS[0]}", 0),
        ("PROGRAM golden list --json | true; exit ${PIPESTATUS[0]}", 0),
        ("PROGRAM train --config smoke 2>&1 | true; exit ${PIPESTATUS[0]}", 0),
        ("PROGRAM golden check 2>&- >&-", 0),
        ("PROGRAM train --config nosuch 2>/dev/full", 2),
        ("PROGRAM golden list --json >&-", 0),
        ("PROGRAM train --config nosuch 2>&-", 2),
        ("PROGRAM golden list --json >/dev/full", 2),
        ("PROGRAM train --config smoke --json >/dev/full", 2),
    ],
)
def test_streams_do_not_change_the_verdict(line: str, code: int, tmp_path: Path) -> None:
    """A pipe that is closed, no stderr, no stdout, a full disk: only output that is lost costs the exit code."""
    found, output, messages = run_shell(line, tmp_path)
    assert (found, output) == (code, "")
    assert "Traceback" not in messages
    assert "Exception ignored" not in messages


def test_json_stays_alone_without_messages(tmp_path: Path) -> None:
    """With standard error closed nothing but the object comes out."""
    code, output, _ = run_shell("PROGRAM golden list --json 2>&-", tmp_path)
    assert code == 0
    assert json.loads(output)


@pytest.mark.parametrize("out", ["file", "file/below", "stranger"])
def test_run_directory_is_checked_before_the_training(out: str, tmp_path: Path) -> None:
    """A run that could not be written is not trained: its configuration would take for ever."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "stranger").mkdir()
    (tmp_path / "stranger" / "note").write_text("mine")
    settings = swap((find_config_directory() / "smoke.toml").read_text(), "epochs = 2", "epochs = 1000000")
    (tmp_path / "endless.toml").write_text(settings)
    code, _, messages = run_shell(f"PROGRAM train --config endless.toml --out {out}", tmp_path)
    assert code == 2
    assert out in messages
    assert (tmp_path / "file").read_text() == (tmp_path / "stranger" / "note").read_text() == "mine"
