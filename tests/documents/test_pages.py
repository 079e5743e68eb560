"""Every command of every page is run, as its reader would run it; what a page shows is printed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from documents.following import follow_blocks, follow_spans
from documents.markdown import Page, list_pages, read_page
from documents.parsing import ROOT
from documents.running import Reader, has_kernels, make_programs
from documents.scenes import copy_missing, furnish, prepare_page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.process, pytest.mark.slow]

# Made from the code, which names commands without their arguments. test_help_examples.py runs the examples of the help.
_MADE = {"docs/api.md", "docs/commands.md", "docs/files.md"}
_PAGES = [
    read_page(str(path), (ROOT / path).read_text(encoding="utf-8"))
    for path in list_pages(ROOT)
    if str(path) not in _MADE
]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the programs that a reader has."""
    return make_programs(tmp_path_factory.mktemp("reader"))


@pytest.fixture(scope="module")
def kernels() -> bool:
    """Say whether the kernels that pages name are here."""
    return has_kernels()


@pytest.fixture(scope="module")
def furniture(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Path:
    """Return a folder with runs, a golden, reports and traces."""
    folder = tmp_path_factory.mktemp("furniture")
    furnish(Reader(folder, programs))
    return folder


@pytest.fixture(scope="module")
def done() -> set[str]:
    """Return the commands of running texts that were run: no other page needs to run them again."""
    return set()


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.name)
def test_a_page_works_as_it_is_written(
    page: Page, programs: Path, furniture: Path, done: set[str], tmp_path: Path, *, kernels: bool
) -> None:
    """The commands of its blocks, one after the other, then those in its running text."""
    reader = Reader(tmp_path, programs, kernels, whole=bool(os.environ.get("WHOLE_PAGES")))
    prepare_page(page.name, reader)
    wrong = follow_blocks(page, reader)
    copy_missing(furniture, tmp_path)
    wrong += follow_spans(page, reader, done)
    assert not wrong, "\n".join(wrong)
