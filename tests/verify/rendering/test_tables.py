"""One table as text and as Markdown: aligned, whole, and safe for any contents of the cells."""

from __future__ import annotations

import pytest

from verify.rendering.tables import Table, render_markdown, render_text

TABLE = Table(columns=("name", "count"), rows=[("a", 5), ("long|name", 1234)], right=frozenset({"count"}))


def test_text_is_in_columns() -> None:
    """Columns are as wide as their longest cell; numbers may be aligned right."""
    assert render_text(TABLE).splitlines() == ["name       count", "a              5", "long|name   1234"]
    assert render_text(TABLE, indent=2).splitlines()[0] == "  name       count"


def test_markdown_has_a_rule() -> None:
    """The second line separates the head from the rows; a bar in a cell is escaped."""
    assert render_markdown(TABLE).splitlines() == [
        "| name | count |",
        "| --- | --- |",
        "| a | 5 |",
        "| long\\|name | 1234 |",
    ]


def test_cells_cannot_break_out() -> None:
    """Line breaks and control characters of a cell stay inside it, in both forms."""
    table = Table(columns=("a",), rows=[("x\n| y |\x1b[31m",), ("",)])
    assert render_text(table) == "a\nx | y |?[31m\n"
    assert render_markdown(table).splitlines()[2] == "| x \\| y \\|?\\[31m |"


def test_row_of_another_length_is_refused() -> None:
    """A missing cell is a mistake of the program, not an empty cell."""
    with pytest.raises(ValueError, match="1 cells in a table of 2 columns"):
        Table(columns=("a", "b"), rows=[("x",)])


def test_table_without_rows_has_its_head() -> None:
    """No row is no mistake."""
    assert render_text(Table(columns=("a", "b"), rows=[])) == "a  b"
