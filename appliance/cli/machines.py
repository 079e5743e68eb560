"""The output that `fleet` shares with `agree`: a comparison of many machines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.files_beside import add_markdown, write_junit
from appliance.cli.later import Later
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.cli.options.judging import TableOptions
    from appliance.fleet.compare import Comparison
    from verify import results
    from verify.rendering import junit, markdown
else:
    results = Later("verify.results")
    junit, markdown = Later("verify.rendering.junit"), Later("verify.rendering.markdown")


def show_comparison(found: Comparison, table: TableOptions) -> int:
    """Print a comparison, write the files that were asked for, return the exit code."""
    report = found.report
    add_markdown(table.markdown, lambda: markdown.render_markdown(report))
    write_junit(table.junit, lambda: junit.render_junit(report))
    show(found.to_json(), found.to_text, as_json=table.as_json)
    return results.EXIT_CODES[report.verdict]
