"""An answer as a page: a sentence, rows and tables, written as text of 80 columns or as Markdown."""

from __future__ import annotations

import attrs

from verify.escaping import clean_line, escape_cell
from verify.rendering import tables
from verify.rendering.lines import wrap
from verify.rendering.tables import Table

_LABEL = 12


@attrs.frozen(kw_only=True)
class Section:
    """A table with its title."""

    title: str
    table: Table


@attrs.frozen(kw_only=True)
class Page:
    """One answer.

    Args:
        verdict: its verdict.
        sentence: the answer in one sentence.
        rows: evidence, as names with values.
        sections: tables.
        last: what limits the answer.
    """

    verdict: str
    sentence: str
    rows: tuple[tuple[str, str], ...] = ()
    sections: tuple[Section, ...] = ()
    last: tuple[str, ...] = ()


def render_text(page: Page) -> str:
    """Return the page as text."""
    lines = [wrap(clean_line(page.sentence))]
    lines += [wrap(clean_line(value), first=f"  {clean_line(name):<{_LABEL}} ") for name, value in page.rows]
    for section in page.sections:
        lines += ["", clean_line(section.title), tables.render_text(section.table, indent=2)]
    limits = "".join(f"; {limit}" for limit in page.last)
    return "\n".join([*lines, "", wrap(clean_line(f"{page.verdict}{limits}"))])


def render_markdown(page: Page) -> str:
    """Return the page as Markdown."""
    parts = [f"**{page.verdict}**: {escape_cell(page.sentence)}"]
    if page.rows:
        parts.append(tables.render_markdown(Table(columns=("what", "value"), rows=page.rows)))
    for section in page.sections:
        parts += [escape_cell(section.title), tables.render_markdown(section.table)]
    if page.last:
        parts.append("\n".join(f"* {escape_cell(limit)}" for limit in page.last))
    return "\n\n".join(parts) + "\n"
