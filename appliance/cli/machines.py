"""The output that `fleet` shares with `agree`: a comparison of many machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.later import Later
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.cli.options.judging import TableOptions
    from appliance.fleet.compare import Comparison
    from verify import results
    from verify.files import writing
    from verify.rendering import junit, markdown
else:
    results, writing = Later("verify.results"), Later("verify.files.writing")
    junit, markdown = Later("verify.rendering.junit"), Later("verify.rendering.markdown")


def show_comparison(found: Comparison, table: TableOptions) -> int:
    """Print a comparison, write the files that were asked for, return the exit code."""
    report = found.report
    if table.markdown is not None:
        writing.append_text(table.markdown, markdown.render_markdown(report), what="the table")
    if table.junit is not None:
        writing.write_whole(table.junit, junit.render_junit(report), what="the JUnit file")
    show(found.to_json(), found.to_text, as_json=table.as_json)
    return results.EXIT_CODES[report.verdict]
