"""Sessions of Python in pages, run as doctests."""

from __future__ import annotations

import doctest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from documents.markdown import Page


def run_examples(page: Page) -> doctest.TestResults:
    """Run all lines behind >>> of a page, in the order of the page, with one set of names."""
    lines = [""]
    for block in page.blocks:
        if block.language == "pycon":
            lines += [""] * (block.line + 1 - len(lines)) + block.text.splitlines() + [""]
    test = doctest.DocTestParser().get_doctest("\n".join(lines[1:]), {}, page.name, page.name, 0)
    return doctest.DocTestRunner().run(test)
