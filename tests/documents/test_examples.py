"""The sessions of Python in all pages give what is written below them."""

from __future__ import annotations

from pathlib import Path

import pytest

from documents.examples import run_examples
from documents.markdown import Page, list_pages, read_page

pytestmark = [pytest.mark.checkout, pytest.mark.slow]

_ROOT = Path(__file__).parent.parent.parent
# From docstrings, whose examples tests/appliance runs.
_MADE = "docs/api.md"
_PAGES = [
    page
    for page in (read_page(str(path), (_ROOT / path).read_text(encoding="utf-8")) for path in list_pages(_ROOT))
    if any(block.language == "pycon" for block in page.blocks) and page.name != _MADE
]


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_examples_of_a_page_work(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    """Every line behind >>> gives what is below it."""
    found = run_examples(page)
    assert found.attempted >= 2
    assert found.failed == 0, capsys.readouterr().out


def test_pages_with_examples_are_found() -> None:
    """The pages on training and on the library have some."""
    assert {"docs/train-and-verify.md", "docs/library.md"} <= {page.name for page in _PAGES}


def test_a_wrong_example_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """Negative control: a name is known in later blocks; another result fails, with the line of the page."""
    page = read_page("a.md", "# A\n\n```pycon\n>>> a = 2\n```\n\nand\n\n```pycon\n>>> a + 1\n4\n```\n")
    assert run_examples(page) == (1, 2)
    assert 'File "a.md", line 10' in capsys.readouterr().out
