"""Pages in Markdown, read: blocks between fences, and code in running text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FENCE = re.compile(r"^(?P<fence>`{3,})(?P<language>[^`]*)$")
_INDENTED = re.compile(r"^ {4}\S")
_ITEM = re.compile(r"^(?:[*+-]|\d+[.]) ")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?P<text>.+?)(?<!`)(?P=ticks)(?!`)", re.DOTALL)
FILES = ("python", "toml", "json", "yaml", "make")
"""Languages of blocks that may be files."""

_NAMED = re.compile(r"`(?P<name>[\w./-]+[.](?:py|toml|json|ya?ml|csv|txt|lock|nix)|Makefile)`[^`\n]*:$")


@attrs.frozen
class Block:
    """What stands between two fences; `name` is that of a file, where the text before ends with one and a colon."""

    line: int
    language: str
    text: str
    name: str | None


@attrs.frozen
class Span:
    """Code in running text or in a table."""

    line: int
    text: str


@attrs.frozen
class Page:
    """A page: its blocks and its spans, each in the order of the page."""

    name: str
    blocks: tuple[Block, ...]
    spans: tuple[Span, ...]


def list_pages(root: Path) -> list[Path]:
    """Return the paths of all pages of the project, from its root."""
    named = [root / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")]
    found = [*sorted(root.glob("docs/**/*.md")), *named, *sorted(root.glob("examples/*/README.md"))]
    return [path.relative_to(root) for path in found]


def read_page(name: str, text: str) -> Page:
    """Read a page.

    Raises:
        ValueError: a block has no fences, no language or no end.
    """
    blocks: list[Block] = []
    prose: list[str] = []
    opened: tuple[int, re.Match[str]] | None = None
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        fence = _FENCE.match(line)
        if opened is None and fence is None:
            prose.append(line)
        elif opened is None:
            opened = (number, _check_language(name, number, fence))
            prose.append("")
        else:
            prose.append("")
            start, mark = opened
            if line == mark["fence"]:
                body = "".join(f"{one}\n" for one in lines[start : number - 1])
                named = mark["language"] in FILES
                blocks.append(Block(start, mark["language"], body, _find_name(prose[: start - 1]) if named else None))
                opened = None
    if opened is not None:
        raise ValueError(f"{name}:{opened[0]}: this block has no end")
    _check_fences(name, prose)
    return Page(name, tuple(blocks), tuple(_read_spans("\n".join(prose))))


def _check_language(name: str, number: int, fence: re.Match[str] | None) -> re.Match[str]:
    if fence is None or not fence["language"]:
        raise ValueError(f"{name}:{number}: this block does not say its language")
    return fence


def _find_name(before: list[str]) -> str | None:
    """Return the file that the last paragraph before a block names at its end."""
    last = next((line for line in reversed(before) if line.strip()), "")
    found = _NAMED.search(last.rstrip())
    return found["name"] if found else None


def _check_fences(name: str, prose: list[str]) -> None:
    in_list = False
    for number, line in enumerate(prose, 1):
        if _ITEM.match(line):
            in_list = True
        elif line and not line.startswith(" "):
            in_list = False
        if _INDENTED.match(line) and not in_list and not prose[number - 2].strip():
            raise ValueError(f"{name}:{number}: this block is indented; put it between fences")


def _read_spans(text: str) -> Iterator[Span]:
    clean = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    for found in _CODE.finditer(clean):
        words = " ".join(found["text"].replace("\\|", "|").split())
        yield Span(clean.count("\n", 0, found.start()) + 1, words)
