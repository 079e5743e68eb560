"""The command `fleet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.machines import show_comparison
from appliance.cli.options.judging import MembersArgument, MembersOption, ReportsOption, TableOptions
from appliance.cli.options.several_groups import JobsOption
from appliance.cli.printing import print_note

if TYPE_CHECKING:
    from appliance.fleet import compare as program
    from verify.judging.legs import Leg
else:
    program = Later("appliance.fleet.compare")


@command(launch=False)
def fleet(
    names: MembersArgument = None,
    *,
    members: MembersOption = Path("delivery/fleet/fleet.toml"),
    jobs: JobsOption = None,
    reports: ReportsOption = None,
    table: TableOptions,
) -> int:
    """Verify on many machines: emulated processors, containers, ssh hosts. One table, one verdict."""
    found = program.compare_members(members, names or [], jobs=jobs, reports=reports, progress=_show_progress)
    return show_comparison(found, table)


def _show_progress(leg: Leg, done: int, count: int) -> None:
    print_note(program.describe_progress(leg, done, count))
