"""The page of planted causes: tables are replaced between two marks."""

from __future__ import annotations

import pytest

from delivery.why_table import BEGIN, END, PAGE, replace_tables

pytestmark = pytest.mark.checkout


def test_tables_are_replaced() -> None:
    """What stands outside of the marks stays."""
    assert replace_tables(f"a\n{BEGIN}\nold\n{END}\nb\n", "new\n") == f"a\n{BEGIN}\n\nnew\n\n{END}\nb\n"


def test_page_has_marks() -> None:
    """The page can be written; one without marks is refused."""
    assert replace_tables(PAGE.read_text(encoding="utf-8"), "new").count("new\n") >= 1
    with pytest.raises(ValueError, match="planted"):
        replace_tables("no marks", "new")
