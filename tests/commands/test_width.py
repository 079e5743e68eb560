"""Everything that is printed for people fits a terminal of 80 columns."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
import typer

from appliance.cli.app import app, run
from support.edits import swap
from verify import command
from verify.rendering.lines import COLUMNS, measure

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = "a-configuration-with-a-long-name-" + "x" * 60

# Every command with its usual answers and mistakes, in an order in which a later one may use what an earlier one wrote.
LINES = [
    "train smoke --out runs/a",
    "train smoke --seed 7 --out runs/seed",
    "train smoke --set training.epochs=1 --out runs/short",
    "train smoke --profile native --out runs/native",
    f"train {LONG}.toml --out runs/long",
    "train wrong.toml",
    "train smoke --set epochs=2",
    "train smoke --set training.epochs=2 --set training.epochs=3",
    "train smoke --out runs/a --micro-batches 1000",
    "train mnist-mlp",
    "train nosuch",
    "train smoke --out /proc/nowhere/deeper",
    "verify smoke",
    "verify other.toml",
    f"verify {LONG}.toml",
    "verify mnist-mlp",
    "verify runs/a",
    "verify runs/short",
    "verify runs/short --retrain",
    "verify runs/long runs/damaged runs/foreign",
    "verify smoke --all",
    "verify smoke --profile native",
    "verify smoke --profile pinned",
    "diff runs/a runs/a",
    "diff runs/a runs/short",
    "diff runs/a runs/seed",
    "diff runs/a nowhere",
    "runs",
    "runs runs/a",
    "runs nowhere",
    "checklist runs/a",
    "checklist runs/native --for neurips",
    "checklist runs/damaged",
    "checklist runs/foreign",
    "predict runs/a synthetic",
    "predict runs/a synthetic --out predictions.csv",
    "predict runs/a regression",
    "predict runs/a nowhere.npy",
    "predict runs/damaged synthetic",
    "export runs/a --format onnx --out network.onnx",
    "export runs/a --format nosuch --out network.onnx",
    "certify",
    "fingerprint",
    "fingerprint --diff runs/a runs/other-machine",
    "fingerprint --diff nowhere nowhere",
    "config list",
    "config show deep-momentum",
    "config new mine.toml",
    "config new mine.toml",
    "config new mine.json",
    "data list",
    "data check synthetic",
    "data check mnist",
    "data check nosuch",
    "data fetch nosuch",
    "data generate mine --train-samples 200 --test-samples 100 --data-dir files",
    "data generate mine --train-samples 200 --test-samples 100 --data-dir files",
    "data check mine --data-dir files",
    "golden list",
    "golden check",
    "golden check --goldens goldens",
    "golden check --goldens nowhere",
    "golden record mine.toml",
    "golden record mine.toml",
    "golden record changed/mine.toml --goldens goldens",
    "golden record changed/mine.toml --goldens goldens --replace",
    "golden list --goldens goldens",
    "benchmark smoke --repeats 2 --seeds 3 --against native",
    "benchmark smoke --repeats 6",
    "benchmark smoke --repeats 1",
    "benchmark --suite nosuch",
    "benchmark",
    "agree reports",
    "agree reports --full",
    "agree nowhere --expect nowhere.json",
    "fleet --members nowhere.toml",
    "fleet nosuch",
    "vary --axes nosuch -- true",
    "vary",
    "--version",
    "--version --json",
    "",
]

# A path, or a name as long as one, or a command to copy, at the start of a line or behind the name of its row.
_WHOLE = re.compile(r"(\s+|  [a-z][a-z ]{0,10} +)?(\S*(/|xxxx)\S*|repro-appliance [^:;()]*)")


def list_commands() -> Iterator[list[str]]:
    """Yield the words of every command, also of groups."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    for name, body in group.commands.items():
        yield [name]
        yield from ([name, inner] for inner in getattr(body, "commands", ()))


def list_lines() -> list[str]:
    """Return the lines of LINES, then every command that is not in one of them, without arguments."""
    names = [" ".join(words) for words in list_commands()]
    return [*LINES, *(name for name in names if not any(f"{line} ".startswith(f"{name} ") for line in LINES))]


def find_wide(text: str) -> list[str]:
    """Return the lines that are too wide, but for one word or one command that cannot be divided."""
    wide = [line for line in text.splitlines() if measure(line) > COLUMNS]
    return [line for line in wide if not _WHOLE.fullmatch(line)]


def ask(words: list[str]) -> str:
    """Return everything that a command prints as text; results that are JSON are left out."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        run(words)
    return err.getvalue() if "--json" in words else out.getvalue() + err.getvalue()


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a directory in which the commands run, with files to judge and files that are wrong."""
    place, before = tmp_path_factory.mktemp("work"), Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.setenv("REPRO_APPLIANCE_DATA", str(place / "data"))
        patch.delenv("CI", raising=False)
        patch.setattr("appliance.launch.restart.ensure_environment", lambda *_: None)
        os.chdir(place)
        try:
            _write_files(place)
            yield place
        finally:
            os.chdir(before)


def _write_files(place: Path) -> None:
    ask(["train", "smoke", "--out", "runs/damaged"])
    ask(["train", "smoke", "--out", "runs/other-machine"])
    (place / "runs/damaged/history.jsonl").write_text("{}\n")
    (place / "runs/foreign").mkdir()
    (place / "runs/foreign/notes.txt").write_text("none\n")
    machine = place / "runs/other-machine/fingerprint.json"
    machine.write_text(swap(swap(machine.read_text(), '"libc": "', '"libc": "another '), "CPython", "PyPy"))
    smoke = (place / "runs/damaged/config.toml").read_text()
    (place / f"{LONG}.toml").write_text(swap(smoke, '"smoke"', f'"{LONG}"'))
    (place / "other.toml").write_text(swap(smoke, '"smoke"', '"other"'))
    (place / "wrong.toml").write_text(swap(swap(swap(smoke, "seed", "sead"), "sgd", "sdg"), "epochs", "epoch"))
    (place / "changed").mkdir()
    text = swap(swap(swap(smoke, '"smoke"', '"mine"'), "epochs = 2", "epochs = 3"), "16", "16, 12")
    (place / "changed/mine.toml").write_text(text)
    (place / "reports").mkdir()
    report = io.StringIO()
    with contextlib.redirect_stdout(report):
        run(["verify", "smoke", "--json"])
    for name in ("first-machine", "another-machine-with-a-long-name-of-many-words"):
        (place / "reports" / f"{name}.json").write_text(report.getvalue())


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("color", [False, True], ids=["plain", "color"])
def test_every_answer_fits(work: Path, monkeypatch: pytest.MonkeyPatch, color: bool) -> None:
    """Every command with its usual answers and mistakes; those that know colours also with them."""
    monkeypatch.setattr("verify.rendering.text.wants_color", lambda *_: color)
    for name in ("goldens", "files"):
        shutil.rmtree(work / name, ignore_errors=True)
    (work / "mine.toml").unlink(missing_ok=True)
    wide = {}
    for line in list_lines():
        words = line.split()
        if color and words[:1] not in (["verify"], ["certify"], ["golden"], ["fingerprint"]):
            continue
        wide[line] = [] if "--full" in words else find_wide(ask(words))
    assert [line for found in wide.values() for line in found] == []


def test_files_that_are_written_fit(work: Path) -> None:
    """The comments of a new configuration are text for people, too."""
    ask(["config", "new", "fresh.toml"])
    assert find_wide((work / "fresh.toml").read_text()) == []


@pytest.mark.parametrize("words", list_commands(), ids=" ".join)
def test_every_help_fits(work: Path, words: list[str]) -> None:
    """The help of a command, and the answer to a mistake."""
    assert work.is_dir()
    for more in ("--help", "--no-such-option"):
        shown = ask([*words, more])
        assert shown
        assert find_wide(shown) == []


def test_every_command_is_tried() -> None:
    """A command that has no line of its own is tried without arguments."""
    named = {" ".join(words) for words in list_commands()}
    assert all(any(line == name or line.startswith(f"{name} ") for line in list_lines()) for name in named)


def test_judge_fits(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m verify` prints as the program does."""
    assert work.is_dir()
    for words in (["runs/a"], ["runs/short"], ["runs/long", "runs/damaged"], ["reports"], ["nowhere"], ["--help"], []):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "argv", ["verify"])
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            command.run(words)
        shown = out.getvalue() + err.getvalue()
        assert shown
        assert find_wide(shown) == []


def test_a_wide_line_is_found() -> None:
    """Negative control: a sentence and a list are too wide, a path is not."""
    assert find_wide("word " * 20)
    assert find_wide("  found      " + str([{"epoch": 1}] * 9))
    assert find_wide("  found      " + "abc," * 30)
    assert not find_wide("  where      /data" + "/abc" * 30)
