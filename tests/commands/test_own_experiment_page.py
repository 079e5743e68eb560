"""docs/your-own-experiment.md: every file is written, every command is run, in an empty folder, as they stand there."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from documents.markdown import read_page
from support.start import make_environment, write_script

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.process, pytest.mark.slow]

_COMMAND = "$ "


class Command(NamedTuple):
    """A command of the page with the lines that it must print, each the beginning of one, in this order."""

    words: str
    lines: list[str]


def read_steps(page: str) -> list[tuple[str, str] | Command]:
    """Return the files (name, text) and the commands of a page, in order."""
    steps: list[tuple[str, str] | Command] = []
    for block in read_page("page.md", page).blocks:
        if block.language == "console":
            for line in block.text.splitlines():
                if line.startswith(_COMMAND):
                    steps.append(Command(line.removeprefix(_COMMAND), []))
                elif isinstance(steps[-1], Command) and line:
                    steps[-1].lines.append(line)
        elif block.name is not None:
            steps.append((block.name, block.text))
        else:
            raise ValueError(f"a block is neither a file nor a command: {block.text[:40]!r}")
    return steps


def find_missing(printed: str, lines: list[str]) -> str | None:
    """Return the first line that is not the beginning of a printed one, in order; None where all are."""
    rest = iter(printed.splitlines())
    return next((line for line in lines if not any(one.startswith(line) for one in rest)), None)


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Return a folder with the commands `python` and `repro-appliance`."""
    script = write_script(tmp_path / "script")
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, words in (("python", ""), ("repro-appliance", f"'{script}' ")):
        path = folder / name
        path.write_text(f"#!/bin/sh\nexec '{sys.executable}' {words}\"$@\"\n", encoding="utf-8")
        path.chmod(0o755)
    return folder


def test_the_page_works_as_it_is_written(checkout: Path, programs: Path, tmp_path: Path) -> None:
    """In an empty folder, command by command."""
    steps = read_steps((checkout / "docs" / "your-own-experiment.md").read_text(encoding="utf-8"))
    assert sum(1 for step in steps if isinstance(step, Command)) > 15
    assert [step[0] for step in steps if not isinstance(step, Command)] == [
        "first.py", "layers.py", "check.py", "circle.py", "circle.toml",
    ]  # fmt: skip
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = make_environment(PYTHONWARNINGS="ignore")
    environment["PATH"] = f"{programs}:{environment['PATH']}"
    for step in steps:
        if not isinstance(step, Command):
            (folder / step[0]).write_text(step[1], encoding="utf-8")
            continue
        done = subprocess.run(
            ["/bin/sh", "-c", step.words], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        printed = done.stdout + done.stderr
        assert done.returncode == 0, f"{step.words}\n{printed}"
        exits = [line for line in done.stdout.splitlines() if line.startswith("exit code")]
        text = "\n".join([done.stderr, *(line for line in done.stdout.splitlines() if line not in exits), *exits])
        assert find_missing(text, step.lines) is None, f"{step.words}\nexpected {step.lines}\n{printed}"


def test_a_wrong_line_is_noticed() -> None:
    """Negative control: a line that is not printed, or in another order, is missing."""
    assert find_missing("one\n  two three\n", ["one", "  two"]) is None
    assert find_missing("one\ntwo\n", ["two", "one"]) == "one"
    assert find_missing("one\n", ["on the way"]) == "on the way"
    page = "Write `a.py`:\n\n```python\nx = 1\n```\n\nand run it:\n\n```console\n$ python a.py\n1\n```\n"
    assert read_steps(page) == [("a.py", "x = 1\n"), Command("python a.py", ["1"])]
