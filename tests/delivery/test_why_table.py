"""The page of planted causes: tables are replaced between two marks."""

from __future__ import annotations

import pytest

from delivery.pages import replace_part
from delivery.why_table import PAGE, PART

pytestmark = pytest.mark.checkout


def test_tables_are_replaced() -> None:
    """What stands outside of the marks stays."""
    begin, end = "<!-- planted -->", "<!-- /planted -->"
    assert replace_part(f"a\n{begin}\nold\n{end}\nb\n", PART, "new\n") == f"a\n{begin}\n\nnew\n\n{end}\nb\n"


def test_page_has_marks() -> None:
    """The page can be written; one without marks is refused."""
    assert replace_part(PAGE.read_text(encoding="utf-8"), PART, "new").count("new\n") >= 1
    with pytest.raises(ValueError, match="planted"):
        replace_part("no marks", PART, "new")
