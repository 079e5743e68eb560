"""The command `runs`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.results import RunsArgument
from appliance.cli.options.several_groups import JsonOption
from appliance.cli.printing import Output, show

if TYPE_CHECKING:
    from appliance.runs import listing as program
    from appliance.runs import listing_text as text
    from verify.files import run_list as files
else:
    program, text = Later("appliance.runs.listing"), Later("appliance.runs.listing_text")
    files = Later("verify.files.run_list")


@command(launch=False)
def runs(directory: RunsArgument = None, as_json: JsonOption = False) -> int:
    """List the runs in a directory, and trainings there that were interrupted."""
    found = program.list_runs(directory)
    show(files.RUN_LIST.to_json(found), partial(text.render_list, found, full=Output.full), as_json=as_json)
    return program.find_exit_code(found)
