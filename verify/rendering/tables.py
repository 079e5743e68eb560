"""One table, written as text in columns or as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from verify.escaping import clean_line, escape_cell
from verify.rendering.lines import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GAP = "  "


def _convert_names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


def _convert_rows(rows: Iterable[Iterable[object]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cell if isinstance(cell, Strong) else str(cell) for cell in row) for row in rows)


class Strong(str):
    """A cell that Markdown shows in bold."""

    __slots__ = ()


@attrs.frozen(kw_only=True)
class Table:
    """Named columns and rows of cells.

    Args:
        columns: the names of the columns.
        rows: one cell for each column; cells become text.
        right: the columns that are aligned right in text, such as numbers.
        brief: the columns that are left in text where all of them are wider than a terminal; none for all.

    Raises:
        ValueError: a row has more or fewer cells than there are columns.
    """

    columns: tuple[str, ...] = attrs.field(converter=_convert_names)
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_convert_rows)
    right: frozenset[str] = frozenset()
    brief: tuple[str, ...] = ()

    @rows.validator
    def _check_rows(self, _: attrs.Attribute[tuple[tuple[str, ...], ...]], rows: tuple[tuple[str, ...], ...]) -> None:
        for row in rows:
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells in a table of {len(self.columns)} columns: {row}")


def render_text(table: Table, *, indent: int = 0) -> str:
    """Return the table as text, the names of the columns first, every column as wide as its longest cell."""
    text = _align(table, range(len(table.columns)), indent)
    if not table.brief or all(len(line) <= COLUMNS for line in text.split("\n")):
        return text
    return _align(table, [table.columns.index(name) for name in table.brief], indent)


def _align(table: Table, columns: Sequence[int], indent: int) -> str:
    lines = [[clean_line(row[column]) for column in columns] for row in (table.columns, *table.rows)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    aligners = [str.rjust if name in table.right else str.ljust for name in lines[0]]
    texts = [[align(cell, width) for align, cell, width in zip(aligners, line, widths, strict=True)] for line in lines]
    return "\n".join(" " * indent + _GAP.join(cells).rstrip() for cells in texts)


def render_markdown(table: Table) -> str:
    """Return the table as Markdown."""
    rule = ["---"] * len(table.columns)
    lines = (table.columns, rule, *table.rows)
    return "\n".join("| " + " | ".join(_mark_cell(cell) for cell in line) + " |" for line in lines)


def _mark_cell(cell: str) -> str:
    return f"**{escape_cell(cell)}**" if isinstance(cell, Strong) else escape_cell(cell)
