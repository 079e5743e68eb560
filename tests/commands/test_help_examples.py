"""The examples in the help: each is a line that the parser accepts, and the quick ones are run."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
import pytest
import typer

from appliance.cli import guide
from appliance.cli.app import app, run
from appliance.cli.examples import EXAMPLES
from verify.rendering.lines import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = [(words, example.line) for words, examples in EXAMPLES.items() for example in examples]
NOT_RUN = {
    "verify": "three trainings, in other tests",
    "verify runs/a --retrain": "in other tests",
    "vary --axis threads=1,3 -- python train.py": "ten processes",
    "benchmark smoke --seeds 5": "five trainings",
    "benchmark smoke --sweep optimizer.learning_rate=0.05,0.1": "six trainings",
    "export runs/a --format onnx --out network.onnx": "needs the package onnx",
    "vary -- python train.py": "every axis takes a minute",
    "vary --config smoke --profile native": "many trainings",
    "vary --axes threads,kernel --output w.npz -- python train.py": "many runs",
    "why runs/a runs/b": "runs both sides again",
    "shrink old.lock new.lock -- python train.py": "installs packages",
    "report runs/a vary.json why.json --out page.html": "needs answers that take minutes",
    "report runs/a --evidence retrained.json --out a.html": "needs an answer of another training",
    "run -- python train.py": "takes the place of this process",
    "run --strict -- python train.py": "takes the place of this process",
    "benchmark --suite cost --quick": "half a minute",
    "agree reports --expect legs.json": "needs a list of legs of its own",
    "fleet --members fleet.toml": "needs machines",
    "fleet haswell --members fleet.toml": "needs machines",
    "certify --self-test": "many processes",
    "golden record tests/test_arrays.py": "runs pytest",
    "prove resume": "many trainings",
    "prove resume --config baseline --stops 10": "many trainings",
    "prove workers --workers 1,2,3": "needs MPI",
    "data fetch fashion-mnist --data-dir data": "needs a network",
}
if not all(map(importlib.util.find_spec, ("jinja2", "matplotlib"))):
    NOT_RUN |= {example.line: "needs the extra report" for example in EXAMPLES["report"]}
HALF_PAGE = 60
CODES = {"diff runs/a runs/b": 1, "diff a.npz b.npz --markdown summary.md": 1, "diff runs/a runs/b runs/c": 1}
CODES |= {"why runs/a runs/b --no-replay": 1, "golden check tests": 3}
"""Exit codes of examples that do not end with 0: their sides differ on purpose, no golden is there."""


def get_group() -> click.Group:
    """Return the whole program."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    return group


def parse(line: str) -> str:
    """Return the words of the command that a line names, after its options were parsed as the program does."""
    words, found, names = shlex.split(line), get_group(), list[str]()
    inner: click.Command = found
    while isinstance(inner, click.Group):
        names.append(words.pop(0))
        inner = inner.commands[names[-1]]
    inner.make_context(names[-1], words)
    return " ".join(names)


@pytest.mark.parametrize(("words", "line"), LINES)
def test_example_is_a_line_of_its_command(words: str, line: str) -> None:
    """The parser knows the command and every option; the line with the program's name fits a terminal."""
    assert parse(line).startswith(words)
    assert len(f"    repro-appliance {line}") <= COLUMNS


@pytest.mark.parametrize("line", ["verify smoke --junitt x.xml", "verfiy", "train smoke --seed x", "golden chek"])
def test_misspelt_example_is_refused(line: str) -> None:
    """Negative control: an option, a command or a number that is wrong is no example."""
    with pytest.raises((click.UsageError, KeyError)):
        parse(line)


@pytest.mark.parametrize("words", list(EXAMPLES))
def test_help_ends_with_the_examples(words: str) -> None:
    """Each stands whole in a line of its own, also where a terminal is narrow."""
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(shown):
        patch.setenv("COLUMNS", "40")
        assert run([*words.split(), "--help"]) == 0
    for example in EXAMPLES[words]:
        assert f"\n  {example.purpose}\n    repro-appliance {example.line}\n" in shown.getvalue()


@pytest.mark.parametrize(
    ("words", "shown"), [("help", "[OPTIONS] COMMAND"), ("help golden record", "golden record [OPTIONS] NAME")]
)
def test_help_is_a_word_too(words: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A new user may write it first, alone or with a command."""
    assert run(words.split()) == 0
    assert f"Usage: repro-appliance {shown}" in capsys.readouterr().out


def test_help_lists_every_command_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The main help says what each command is for in one line that is not cut, and fits half a page."""
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    for _, rows in guide.GROUPS:
        for name, text in rows:
            assert re.search(f"^  {name} +{re.escape(text)}$", shown, re.MULTILINE)
    assert len(shown.splitlines()) <= HALF_PAGE


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current directory, with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    Path("train.py").write_text("import numpy as np\nx = np.arange(4.0)\nnp.save('model.npy', x @ x)\n")
    Path("mypackage").mkdir()
    Path("mypackage/__init__.py").touch()
    for name in ("tests", "reports", "results"):
        Path(name).mkdir()
    np.savez("a.npz", w=np.arange(3.0))
    np.savez("b.npz", w=np.arange(3.0) + 1)
    np.save("rows.npy", np.zeros((2, 28, 28), np.uint8))
    return tmp_path


def order_lines() -> list[str]:
    """Return the lines that are run: what writes comes before what reads; a configuration of one's own comes first."""
    first = [
        "config new mine.toml --from smoke",
        *(example.line for example in EXAMPLES["train"]),
        "golden record mine.toml",
    ]
    later = [line for _, line in LINES if line not in first and line not in NOT_RUN]
    return [*first, *dict.fromkeys(later)]


@pytest.mark.process
@pytest.mark.slow
def test_quick_examples_run(work: Path, call: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    """Each ends with the exit code that its purpose promises."""
    failed = []
    for line in order_lines():
        if line == "config new mine.toml":
            (work / "mine.toml").unlink()
        if line.startswith("agree"):
            call("verify", "smoke", "--json")
            report = capsys.readouterr().out
            for name in ("one", "two"):
                (work / f"reports/{name}.json").write_text(report)
        code = call(*shlex.split(line))
        shown = capsys.readouterr()
        if code != CODES.get(line, 0):
            failed.append((line, code, shown.out[-800:] + shown.err[-800:]))
    assert failed == []


def test_lines_that_are_not_run_exist() -> None:
    """The list of what is not run has no line that is no example."""
    assert set(NOT_RUN) <= {line for _, line in LINES}
    assert set(CODES) <= {line for _, line in LINES}
