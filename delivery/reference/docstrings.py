"""Docstrings as Markdown: sections of arguments and errors become lists, examples become blocks."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECTION = re.compile(r"(Args|Raises|Returns|Yields|Attributes):$")
_ENTRY = re.compile(r"^ {4}(?P<name>[\w.*]+): (?P<text>.*)$")
_PROMPT = ">>> "


def write_docstring(value: object) -> str:
    """Return the docstring of an object as Markdown."""
    return "\n\n".join(_write_parts(inspect.getdoc(value) or ""))


def _write_parts(text: str) -> Iterator[str]:
    for part in re.split(r"\n{2,}", text.strip()):
        lines = part.splitlines()
        if lines[0].startswith(_PROMPT):
            yield f"```pycon\n{part}\n```"
        elif _SECTION.match(lines[0]):
            yield f"*{lines[0].rstrip(':')}*"
            yield "\n".join(_list_entries(lines[1:]))
        elif lines[0].startswith("    "):
            yield f"```text\n{inspect.cleandoc(part)}\n```"
        else:
            yield part


def _list_entries(lines: list[str]) -> Iterator[str]:
    """Yield one item for each entry; lines that go on are indented."""
    for line in lines:
        found = _ENTRY.match(line)
        yield f"* `{found['name']}`: {found['text']}" if found else f"  {line.strip()}"
