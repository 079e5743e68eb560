"""Reports as Markdown, for the summary page of a CI run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.escaping import escape_cell
from verify.rendering import tables
from verify.rendering.text import describe_found

if TYPE_CHECKING:
    from verify.rendering.report import Report
    from verify.results import Result


def render_markdown(report: Report) -> str:
    """Return a report as Markdown: the verdict, the table, every result that is not a pass."""
    lines = [f"**{report.verdict}**: {escape_cell(report.summary)}"]
    if report.table:
        lines += ["", tables.render_markdown(report.table)]
    troubles = [result for suite in report.suites for result in suite.results if result.status != "pass"]
    if troubles:
        lines += ["", *(f"* {escape_cell(_describe(result))}" for result in troubles)]
    return "\n".join(lines) + "\n"


def _describe(result: Result) -> str:
    found = "" if result.found is None else f": {describe_found(result.found)}"
    return f"{result.id} {result.title}{found}"
