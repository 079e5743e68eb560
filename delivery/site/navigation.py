"""The navigation of the site: the lists of links in docs/index.md, part by part."""

from __future__ import annotations

import re
from typing import NamedTuple

_PART = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)
_ENTRY = re.compile(r"^\* \[[^\]]+\]\((?P<page>[\w./-]+)\.md\)", re.MULTILINE)


class Part(NamedTuple):
    """A part of the navigation: its title, and its pages in their order."""

    title: str
    pages: tuple[str, ...]


def read_parts(index: str) -> list[Part]:
    """Return the parts of docs/index.md with the names of their pages, without `.md`."""
    found = list(_PART.finditer(index))
    ends = [one.start() for one in found[1:]] + [len(index)]
    return [
        Part(one["title"].partition(":")[0], tuple(_ENTRY.findall(index[one.end() : end])))
        for one, end in zip(found, ends, strict=True)
    ]


def add_trees(index: str) -> str:
    """Return the page with hidden tables of contents, which become the navigation."""
    trees = (
        "\n".join(["```{toctree}", ":hidden:", f":caption: {part.title}", "", *part.pages, "```", ""])
        for part in read_parts(index)
    )
    return "\n".join([index, *trees])
