"""The command `checklist`: forms, exit codes, and remedies that work as they are printed."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import typer

from appliance.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Callable

    Capture = pytest.CaptureFixture[str]


@pytest.fixture
def _work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[..., int], capsys: Capture) -> None:
    """Go to a directory with runs of smoke."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    assert call("train", "smoke", "--out", "runs/a") == 0
    assert call("train", "smoke", "--seed", "2", "--profile", "native", "--out", "runs/b") == 0
    capsys.readouterr()


def answer(call: Callable[..., int], capsys: Capture, *words: str) -> dict[str, Any]:
    """Return the items of a checklist by their ids."""
    assert call("checklist", *words, "--json") == 0
    body = json.loads(capsys.readouterr().out)
    assert body["schema"] == "repro-appliance/checklist/1"
    return {item["id"]: item for part in body["parts"] for item in part["items"]}


def parse(line: str) -> str:
    """Return the name of the command that a line names, after its options were parsed as the program does."""
    words = shlex.split(line.partition(" > ")[0])
    found: click.Command = typer.main.get_command(app)
    while isinstance(found, click.Group):
        found = found.commands[words.pop(0)]
    found.make_context(found.name, words)
    return found.name or ""


@pytest.mark.usefixtures("_work")
def test_exit_codes(call: Callable[..., int]) -> None:
    """0 also with items that say no, 1 with --strict, 2 for a mistake, 3 for a run that cannot be read."""
    assert call("checklist", "runs/a") == 0
    assert call("checklist", "runs/a", "--strict") == 1
    assert call("checklist", "runs/nowhere") == 2
    assert call("checklist", "runs/a", "--for", "nips") == 2
    assert call("checklist", "runs/a", "--evidence", "runs/a/record.json") == 2
    Path("runs/a/record.json").write_text("{}", encoding="utf-8")
    assert call("checklist", "runs/a") == 3


@pytest.mark.usefixtures("_work")
def test_text_json_and_markdown(call: Callable[..., int], capsys: Capture) -> None:
    """Each form says the same of an item; Markdown is added to a file."""
    items = answer(call, capsys, "runs/a", "--markdown", "appendix.md")
    assert call("checklist", "runs/a") == 0
    text, table = capsys.readouterr().out, Path("appendix.md").read_text(encoding="utf-8")
    words = {"yes": "yes", "no": "no", "not-applicable": "n/a", "not-answerable-by-machine": "author"}
    for item in items.values():
        assert f"  {words[item['status']]:<8}{item['title'][:30]}" in text
        assert f"| {item['title']} | {words[item['status']]} |".replace("| no |", "| **no** |") in table
    assert call("checklist", "runs/a", "--for", "neurips", "--markdown", "appendix.md") == 0
    assert Path("appendix.md").read_text(encoding="utf-8").startswith(table)


@pytest.mark.usefixtures("_work")
def test_every_remedy_can_be_typed(call: Callable[..., int], capsys: Capture) -> None:
    """The parser knows each command of this program, its options and its values."""
    lines = [
        line for run in ("a", "b") for item in answer(call, capsys, f"runs/{run}").values() for line in item["commands"]
    ]
    own = [line.removeprefix("repro-appliance ") for line in lines if line.startswith("repro-appliance ")]
    Path("here.json").touch()
    Path("there.json").touch()
    assert {parse(line) for line in own} >= {"train", "verify", "benchmark", "vary", "agree", "checklist", "record"}


@pytest.mark.parametrize("line", ["train --sead 1", "verify runs/a --retrian", "benchmark --repeats x"])
def test_misspelt_remedy_is_reported(line: str) -> None:
    """Negative control: an option or a value that is wrong is refused."""
    with pytest.raises(click.UsageError):
        parse(line)


@pytest.mark.usefixtures("_work")
@pytest.mark.parametrize(
    ("item", "run"), [("artifacts.trace", "a"), ("artifacts.golden", "b"), ("determinism.arithmetic", "b")]
)
def test_remedy_makes_yes_of_no(item: str, run: str, call: Callable[..., int], capsys: Capture) -> None:
    """The command is run as it was printed; the checklist of the run that it makes says yes."""
    before = answer(call, capsys, f"runs/{run}")[item]
    assert before["status"] == "no"
    for line in before["commands"]:
        assert call(*shlex.split(line)[1:]) == 0
    capsys.readouterr()
    place = f"runs/{run}" if item == "artifacts.golden" else f"runs/{run}-again"
    assert answer(call, capsys, place)[item]["status"] == "yes"


@pytest.mark.slow
@pytest.mark.usefixtures("_work")
def test_evidence_makes_yes_of_no(call: Callable[..., int], capsys: Capture) -> None:
    """The commands that make evidence are run as they were printed, also for a native run with another seed."""
    for name in ("reporting.seeds", "determinism.retrained"):
        first, then = answer(call, capsys, "runs/b")[name]["commands"]
        words, _, file = first.partition(" > ")
        assert call(*shlex.split(words)[1:]) == 0
        Path(file).write_text(capsys.readouterr().out, encoding="utf-8")
        assert answer(call, capsys, *shlex.split(then)[2:])[name]["status"] == "yes"
