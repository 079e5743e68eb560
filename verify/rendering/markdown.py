"""Reports as Markdown, for the summary page of a CI run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.escaping import escape_cell
from verify.rendering import tables
from verify.rendering.lines import shorten_digest
from verify.rendering.tables import Table
from verify.rendering.text import describe_found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.rendering.report import Report
    from verify.results import Judgement, Result


def render_markdown(report: Report) -> str:
    """Return a report as Markdown: the verdict, the tables, every result that decides and is no pass, notes folded."""
    lines = [f"**{report.verdict}**: {escape_cell(report.summary)}"]
    judgements = [suite.judgement for suite in report.suites if suite.judgement is not None]
    for table in (report.table, _build_table(judgements) if judgements else None):
        lines += ["", tables.render_markdown(table)] if table else []
    found = [result for suite in report.suites for result in suite.results if result.status != "pass"]
    troubles, notes = (
        [f"* {escape_cell(_describe(result))}" for result in found if (result.status == "info") == told]
        for told in (False, True)
    )
    lines += ["", *troubles] if troubles else []
    if notes:
        summary = "1 note, which decides nothing" if len(notes) == 1 else f"{len(notes)} notes, which decide nothing"
        lines += [
            "",
            f"<details><summary>{summary}</summary>",
            "",
            *notes,
            "",
            "</details>",
        ]
    return "\n".join(lines) + "\n"


def _build_table(judgements: Sequence[Judgement]) -> Table:
    """Return a row for each configuration or run directory."""
    rows = [(row.config, row.verdict, shorten_digest(row.found or "no result")) for row in judgements]
    return Table(columns=("subject", "verdict", "run digest"), rows=rows)


def _describe(result: Result) -> str:
    found = "" if result.found is None else f": {describe_found(result.found)}"
    return f"{result.id} {result.title}{found}"
