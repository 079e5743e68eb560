"""The command `runs`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


def test_runs_of_a_user(
    call: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `train` writes is listed without an argument, as text and as one object."""
    monkeypatch.chdir(tmp_path)
    assert call("runs") == 0
    assert capsys.readouterr().out == "no run in runs\n"
    assert call("train", "smoke", "--seed", "7") == 0
    assert call("train", "smoke") == 0
    capsys.readouterr()
    assert call("runs") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [path.name for path in sorted((tmp_path / "runs").iterdir())]
    assert ["equal" in line for line in lines[1:]] == [True, False]
    assert call("runs", "runs", "--json") == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["schema"], body["directory"], body["interrupted"]) == ("repro-appliance/runs/1", "runs", [])
    assert [row["golden"] for row in body["runs"]] == ["identical", None]


def test_damaged_run_ends_nothing(call: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is a row; the exit code says that something could not be read."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "record.json").write_text("{}")
    assert call("runs", str(tmp_path)) == 3
    assert capsys.readouterr().out == "NAME  RESULT  RUN  GOLDEN  WRITTEN\na\n  damaged: a record has another schema\n"
    assert call("runs", str(tmp_path / "nowhere")) == 2
    assert "runs cannot be listed" in capsys.readouterr().err
