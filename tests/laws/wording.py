"""The laws of names: what a room may be called, how its docstring begins, which words no file has."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LUMBER_ROOMS = frozenset({"common", "core", "helpers", "lib", "misc", "shared", "tools", "util", "utils"})
# Spelt with character classes, so that this file has none of these words.
_FORBIDDEN = (
    ("a registry's host", r"(?:^|[^a-z])(?:py[p]i\.org|[a-z]+\.python[h]osted\.[a-z]+|registry\.np[m]js\.[a-z]+)"),
    ("a registry's host", r"(?:^|[^a-z])(?:deb|snapshot|security)\.deb[i]an\.org"),
    ("the address of an index", r"index-[u]rl|find-[l]inks"),
    ("a path of one machine", r"/(?:work|farm|root)/[a-z.]|(?<![\w.$}~-])/(?:home|Users)/[A-Za-z]"),
)


def find_lumber_rooms(module: str) -> Iterator[str]:
    """Yield parts of a module's name that say nothing about the contents."""
    yield from (f"{module}: {part} is no name for a room" for part in module.split(".") if part in _LUMBER_ROOMS)


def find_bad_introduction(module: str, text: str) -> Iterator[str]:
    """Yield a first docstring line that is missing, is no sentence, or joins two purposes with `and`."""
    first = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    purpose = re.split(r"[:;,]", first)[0]
    if not first:
        yield f"{module} does not say what it is for"
    elif not first.endswith("."):
        yield f"{module}: the first line is no sentence: {first}"
    elif re.search(r"\band\b", purpose):
        yield f"{module} has two purposes: {first}"


def find_forbidden_words(name: str, text: str) -> Iterator[str]:
    """Yield lines of a text file that tie it to one machine or to one registry."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in _FORBIDDEN:
            if found := re.search(pattern, line):
                yield f"{name}:{number} holds {what}: {found[0]}"
