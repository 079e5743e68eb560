"""The command `trace`: words, exit codes, JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.cli.app import run
from support.printed_answers import check_answer

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.process
def test_summary_is_one_object_and_output_goes_to_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """With --json, stdout has the summary alone; the exit code is that of the program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.py").write_text(
        "import numpy as np\nprint(np.ones(2).sum())\nraise SystemExit(4)\n", encoding="utf-8"
    )
    code = run(["trace", "--json", "-o", "t", "--", sys.executable, "two.py"])
    captured = capfd.readouterr()
    answer = json.loads(captured.out)
    check_answer(answer)
    assert (code, answer["exit_code"], answer["program_exit_code"]) == (4, 4, 4)
    assert (answer["schema"], answer["events"], answer["complete"]) == ("repro-appliance/trace-summary/1", 3, True)
    assert captured.err == "2.0\n"
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == ["events.jsonl", "header.json"]


@pytest.mark.process
def test_module_that_is_run_was_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The program of `python -m` is seen, and only a watched module that is not used is said to be missing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "two.py").write_text("import numpy as np\nnp.ones(2).sum()\n", encoding="utf-8")
    assert run(["trace", "--json", "--watch", "absent", "-o", "t", "--", sys.executable, "-m", "two"]) == 0
    coverage = json.loads(capfd.readouterr().out)["coverage"]
    assert coverage["watched"] == ["two"]
    assert [row for row in coverage["not_seen"] if "imported" in row] == ["absent: it was never imported"]


@pytest.mark.process
def test_program_without_events_is_not_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A program that succeeds and in which nothing was recorded ends with 3, and the note says what to do."""
    monkeypatch.chdir(tmp_path)
    assert run(["trace", "-o", "t", "--", sys.executable, "-c", "pass"]) == 3
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "--watch" in captured.err


@pytest.mark.parametrize(
    "words", [["-o", "t"], ["-o", "t", "--"], ["--", "python", "x.py"], ["-o", "t", "--", "no-such-program"]]
)
def test_words_that_are_missing_are_told(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A request without a program, a directory, or an existing program ends with 2 and leaves nothing."""
    monkeypatch.chdir(tmp_path)
    assert run(["trace", *words]) == 2
    assert capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
