"""The command `vary`: words, exit codes, JSON."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.cli.app import run
from appliance.vary.answer import Answer
from appliance.vary.classes import Class
from appliance.vary.requests import clean_environment, read_time
from support.printed_answers import check_answer
from verify.errors import UsageError
from verify.startup.origin import remember_origin

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.process
@pytest.mark.slow
def test_time_zone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON object with the keys of the interface, exit code 1, and a working directory that is as it was."""
    monkeypatch.chdir(tmp_path)
    words = [sys.executable, "-c", "import time; print(time.localtime(0).tm_hour)"]
    code = run(["vary", "--json", "--axis", "timezone=Asia/Tokyo", "--axes", "umask", "--", *words])
    answer = json.loads(capsys.readouterr().out)
    check_answer(answer)
    assert code == 1
    assert answer["schema"] == "repro-appliance/vary/1"
    assert answer["verdict"] == "different"
    assert {"sentence", "control", "axes", "causes", "classes", "runs", "seconds"} <= set(answer)
    assert set(answer["control"]) == {"repeats", "identical", "rate"}
    assert [cause["axes"] for cause in answer["causes"]] == [["timezone"]]
    assert {row["name"]: row["status"] for row in answer["axes"]}["umask"] == "harmless"
    assert all({"id", "worlds", "command", "outputs"} <= set(kind) for kind in answer["classes"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ["vary"],
        ["vary", "--", "no-such-program"],
        ["vary", "--axes", "weather", "--", "true"],
        ["vary", "--axis", "threads", "--", "true"],
        ["vary", "--budget", "soon", "--", "true"],
        ["vary", "--memory-limit", "much", "--", "true"],
        ["vary", "--output", "/elsewhere", "--", "true"],
    ],
)
def test_wrong_words_are_errors_of_usage(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be carried out as written ends with 2 before anything runs."""
    monkeypatch.chdir(tmp_path)
    assert run(words) == 2


def test_times_have_units() -> None:
    """Seconds, minutes and hours."""
    assert [read_time(text, "--budget") for text in ("90", "90s", "1.5m", "1h", "")] == [90, 90, 90, 3600, None]
    with pytest.raises(UsageError):
        read_time("0", "--budget")


def test_program_gets_the_variables_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process has set for its own arithmetic does not reach the program."""
    monkeypatch.setattr(os, "environ", {"OMP_NUM_THREADS": "3", "HOME": "there"})
    remember_origin("program")
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    assert clean_environment(os.environ) == {"OMP_NUM_THREADS": "3", "HOME": "there"}


def test_commands_are_printed_as_they_are(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A long word in quotes stays whole: divided at its spaces, it would be another program when it is pasted."""
    line = f"printf '%b' '{'import os; ' * 12}' > x; ./p"
    kind = Class(id="A", worlds=("as it is",), command=line, outputs={})
    answer = Answer(
        verdict="identical", sentence="s", repeats=3, identical=True, rate=0.0, axes=(), causes=(), classes=(kind,),
        harmless=(), advice=(), notes=(), runs=3, seconds=1.0, complete=True,
    )  # fmt: skip
    monkeypatch.setattr("appliance.vary.execute.vary", lambda *_: answer)
    assert run(["vary", "--", "p"]) == 0
    told = capsys.readouterr().out.replace("\\\n     ", "")
    assert line in told
