"""The command `export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options import DataDirOption, ExportOption, FormatOption, JsonOption, RunArgument
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.exports import export as program
else:
    program = Later("appliance.exports.export")


@command(launch=True)
def export(
    run: RunArgument,
    form: FormatOption,
    out: ExportOption,
    data_dir: DataDirOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write the network of a run directory in the format of other tools."""
    found = program.export_run(run, form, out, data_dir)
    show(found.to_json(), found.format_text, as_json=as_json)
    return 0
