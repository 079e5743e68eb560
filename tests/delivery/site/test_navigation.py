"""The navigation of the site has every page of docs/ once; links to other places lead to the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from delivery.site import conf
from delivery.site.navigation import add_trees, read_parts

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx.application import Sphinx

pytestmark = pytest.mark.checkout

INDEX = "# P\n\n## One: learn\n\n* [A](a.md): first\n* [B](b.md)\n\n## Two\n\n* [C](c.md)\n\nSee [d](d.md).\n"


def find_offences(index: str, pages: list[str]) -> list[str]:
    """Return the pages that the navigation lacks, has twice, or names though they are not there."""
    named = [page for part in read_parts(index) for page in part.pages]
    twice = {page for page in named if named.count(page) > 1}
    return sorted({*pages} ^ {*named} | twice)


def test_every_page_is_in_the_navigation_once(checkout: Path) -> None:
    """Except for the first page, which has the navigation."""
    docs = checkout / "docs"
    pages = [path.relative_to(docs).with_suffix("").as_posix() for path in sorted(docs.rglob("*.md"))]
    index = (docs / "index.md").read_text(encoding="utf-8")
    assert find_offences(index, [page for page in pages if page != "index"]) == []
    assert [part.title for part in read_parts(index)][:4] == ["Tutorial", "How-to", "Reference", "Explanation"]


def test_a_page_without_a_place_is_reported() -> None:
    """Negative control: one is missing, one is not there, one is there twice; a link in a text is none."""
    assert find_offences(INDEX, ["a", "b", "c"]) == []
    assert find_offences(INDEX, ["a", "b", "c", "d"]) == ["d"]
    assert find_offences(INDEX, ["a", "b"]) == ["c"]
    assert find_offences(INDEX + "* [A](a.md)\n", ["a", "b", "c"]) == ["a"]


def test_parts_become_hidden_trees() -> None:
    """One for each part, with its title and its pages in their order."""
    added = add_trees(INDEX).removeprefix(INDEX)
    assert added.count("```{toctree}\n:hidden:\n") == 2
    assert ":caption: One\n\na\nb\n```" in added


def test_links_out_of_the_pages_lead_to_the_repository() -> None:
    """Files above docs/ and folders; links between pages stay."""
    content = ["[a](../README.md) [b](schema/) [c](goldens.md#x) [d](schema/run.json)"]
    conf.prepare(cast("Sphinx", None), "other", content)
    start = "https://github.com/repro-appliance/repro-appliance/blob/main/"
    assert content == [f"[a]({start}README.md) [b]({start}docs/schema/) [c](goldens.md#x) [d](schema/run.json)"]
