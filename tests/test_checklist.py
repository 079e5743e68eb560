"""The page on the checklist: every command that it names exists, and its tables are those of the program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from appliance.cli.app import app
from delivery.checklist_page import renew

pytestmark = pytest.mark.checkout

_PAGE = Path(__file__).parent.parent / "docs" / "checklist.md"
_CALL = re.compile(r"(?:^|`)repro-appliance ([a-z]+(?: [^`\n#>]*)?)", flags=re.MULTILINE)
_SELECTION = re.compile(r'`make test ARGS="([^"]*)"`')


def find_unknown_words(arguments: str) -> list[str]:
    """Return what the command line does not know in `VERB [SUBVERB] [--option ...]`, without values."""
    command: click.Command = typer.main.get_command(app)
    words = shlex.split(arguments)
    while words and isinstance(command, click.Group):
        name = words.pop(0)
        if name not in command.commands:
            return [name]
        command = command.commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    return [word for word in words if word.startswith("--") and word not in known]


def find_empty_selections(arguments: str, root: Path) -> list[str]:
    """Return the paths that do not exist, and the words after `-k` that are in no test's name."""
    names = " ".join(path.read_text(encoding="utf-8") for path in sorted((root / "tests").rglob("*.py")))
    known = " ".join(re.findall(r"def (?:test|find)_\w+", names))
    paths, _, words = arguments.partition("-k")
    lost = [path for path in shlex.split(paths) if not (root / path).exists()]
    return lost + [word for word in re.findall(r"\w+", words) if word not in {"and", "or"} and word not in known]


def test_checklist_names_commands_that_exist() -> None:
    """Each verb with its options is one the command line has."""
    calls = _CALL.findall(_PAGE.read_text(encoding="utf-8"))
    assert len(calls) > 9
    assert {call: lost for call in calls if (lost := find_unknown_words(call))} == {}


def test_tables_are_those_of_the_program() -> None:
    """`make reference` would change nothing; a table that was edited is written again."""
    page = _PAGE.read_text(encoding="utf-8")
    assert renew(page) == page
    assert renew(page.replace("| determinism.seed |", "| determinism.sead |")) == page


def test_checklist_selects_tests_that_exist(checkout: Path) -> None:
    """Each `make test` in it runs at least one test."""
    selections = _SELECTION.findall(_PAGE.read_text(encoding="utf-8"))
    assert len(selections) > 5
    assert {line: lost for line in selections if (lost := find_empty_selections(line, checkout))} == {}


@pytest.mark.parametrize("call", ["prove --all", "train --sead 1", "golden forge x"])
def test_unknown_command_is_reported(call: str) -> None:
    """Negative control: a verb, an option and a verb below a verb that do not exist are reported."""
    assert find_unknown_words(call)


@pytest.mark.parametrize("line", ["tests/test_nothing.py", "-k 'set_iteration or nothing_at_all'"])
def test_empty_selection_is_reported(line: str, checkout: Path) -> None:
    """Negative control: a path without tests and a word that is in no test's name are reported."""
    assert find_empty_selections(line, checkout)
