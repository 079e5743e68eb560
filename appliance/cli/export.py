"""The command `export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.results import DescriptionOptions, ExportOption, FormatOption, RunsToExportArgument
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.exports import export as program
    from appliance.exports import request
else:
    program, request = Later("appliance.exports.export"), Later("appliance.exports.request")


@command(launch=True)
def export(
    runs: RunsToExportArgument,
    form: FormatOption,
    out: ExportOption,
    *,
    options: DescriptionOptions,
) -> int:
    """Write run directories in the format of other tools."""
    wanted = request.Request(
        runs=runs,
        out=out,
        data_dir=options.data_dir,
        goldens=options.goldens,
        license=options.license,
        agent=options.agent,
        evidence=options.evidence or (),
    )
    found = program.export_runs(form, wanted)
    show(found.to_json(), found.format_text, as_json=options.as_json)
    return 0
