"""The command `report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.results import PageOption, ReportedArgument
from appliance.cli.options.several_groups import DataDirOption, JsonOption
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.reports import report as program
else:
    program = Later("appliance.reports.report")


@command(launch=False)
def report(
    runs: ReportedArgument, *, out: PageOption, data_dir: DataDirOption = None, as_json: JsonOption = False
) -> int:
    """Write one HTML page about a run, about several, or about answers of other commands."""
    found = program.write_report(runs, out, data_dir)
    show(found.to_json(), found.format_text, as_json=as_json)
    return 0
