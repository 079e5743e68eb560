"""The pages of the reference are those that the code gives; each has everything that there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
import pytest
import typer

import appliance
from appliance import nn, portable
from appliance.cli.app import app
from delivery.reference import api, commands, files
from delivery.reference.docstrings import write_docstring
from delivery.reference.tables import code, write_table
from verify.files.schemas import ANSWERS, KINDS, LINES

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.checkout

PAGES = {"api": api.render_page, "commands": commands.render_page, "files": files.render_page}


@pytest.mark.parametrize("name", list(PAGES))
def test_the_page_is_made_from_the_code(name: str, checkout: Path) -> None:
    """If this fails, run `make reference`."""
    assert (checkout / "docs" / f"{name}.md").read_text(encoding="utf-8") == PAGES[name]()


def test_every_command_and_option_is_there() -> None:
    """Each command has a heading; each option stands in the table below it."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group)
    sections = re.split(r"^### ", commands.render_page(), flags=re.MULTILINE)[1:]
    tables = {section.partition("\n")[0]: section for section in sections}
    found = [pair for name, one in group.commands.items() for pair in commands.list_commands(one, name)]
    assert [words for words, _ in found if words not in tables] == []
    options = [(words, name) for words, one in found for parameter in one.params for name in parameter.opts]
    shown = [(words, name) for words, name in options if name.startswith("-")]
    assert len(shown) > 100
    assert [pair for pair in shown if f"`{pair[1]}" not in tables[pair[0]]] == []


def test_every_public_name_is_there() -> None:
    """Those of the package, of the portable functions, of the layers, of traces, and the fixture."""
    headings = set(re.findall(r"^### (\S+)$", api.render_page(), flags=re.MULTILINE))
    names = {f"appliance.{name}" for name in appliance.__all__ if name not in {"nn", "portable"}}
    names |= {f"appliance.portable.{name}" for name in portable.__all__}
    names |= {f"appliance.nn.{name}" for name in api.list_public(nn)}
    assert headings == names | {"trace.step", "trace.tensor", "array_golden.check"}
    assert len([name for name in names if ".nn." in name]) > 25


def test_every_kind_of_file_is_there() -> None:
    """Each file has a row with what writes and reads it; each schema has its link."""
    page = files.render_page()
    assert set(files.FILES) == set(KINDS)
    names = [*KINDS, *ANSWERS, *(f"{name}-line" for name in LINES)]
    assert [name for name in names if f"(schema/{name}.json)" not in page] == []


def sample(first: int, *rest: str, kind: str = "a", other: float | None = None) -> list[str]:
    """Return what is given.

    In more words.

    Args:
        first: a number
            of two lines.
        *rest: texts.
        kind: a text.
        other: a number.

    >>> sample(1)
    []
    """
    return [str(first), kind, str(other), *rest]


def test_signatures_and_docstrings_are_written() -> None:
    """Types without quotation marks, defaults with them; arguments as a list, examples as a block."""
    signature = "sample(first: int, *rest: str, kind: str = 'a', other: float | None = None) -> list[str]"
    assert api.write_signature(sample, "sample") == signature
    long = api.write_signature(sample, "a" * 40)
    arguments = ["first: int", "*rest: str", "kind: str = 'a'", "other: float | None = None"]
    assert long.splitlines()[1:] == [*(f"    {one}," for one in arguments), ") -> list[str]"]
    assert write_docstring(sample).split("\n\n") == [
        "Return what is given.",
        "In more words.",
        "*Args*",
        "* `first`: a number\n  of two lines.\n* `*rest`: texts.\n* `kind`: a text.\n* `other`: a number.",
        "```pycon\n>>> sample(1)\n[]\n```",
    ]
    assert write_table(("a",), [(code("x|y"),), ("",)]) == "| a |\n| --- |\n| `x\\|y` |\n|   |"
