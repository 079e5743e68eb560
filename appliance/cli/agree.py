"""The command `agree`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.machines import show_comparison
from appliance.cli.options.judging import ExpectOption, ReportsArgument, TableOptions

if TYPE_CHECKING:
    from appliance.fleet import compare as program
else:
    program = Later("appliance.fleet.compare")


@command(launch=False)
def agree(reports: ReportsArgument, *, expect: ExpectOption = None, table: TableOptions) -> int:
    """Compare reports from many machines; a missing one is not a pass."""
    return show_comparison(program.compare_reports(reports, expect), table)
