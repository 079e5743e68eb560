"""Reports as Markdown, for the summary page of a CI run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.escaping import escape_cell
from verify.rendering import tables

if TYPE_CHECKING:
    from verify.rendering.report import Report


def render_markdown(report: Report) -> str:
    """Return a report as Markdown: the verdict, the table, every result that is not a pass."""
    lines = [f"**{report.verdict}**: {escape_cell(report.summary)}"]
    if report.table:
        lines += ["", tables.render_markdown(report.table)]
    troubles = [result for suite in report.suites for result in suite.results if result.status != "pass"]
    if troubles:
        lines += ["", *(f"* {escape_cell(f'{result.id} {result.title}: {result.found}')}" for result in troubles)]
    return "\n".join(lines) + "\n"
