"""The command `report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.results import PageOption, ReportedArgument
from appliance.cli.options.several_groups import DataDirOption, EvidenceOption, GoldensOption, JsonOption
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.reports import report as program
    from appliance.reports import subjects
else:
    program, subjects = Later("appliance.reports.report"), Later("appliance.reports.subjects")


@command(launch=False)
def report(
    runs: ReportedArgument,
    *,
    out: PageOption,
    data_dir: DataDirOption = None,
    goldens: GoldensOption = None,
    evidence: EvidenceOption = None,
    as_json: JsonOption = False,
) -> int:
    """Write one HTML page about a run, about several, or about answers of other commands.

    Evidence answers items of the checklist of one run; it does not become a part of the page.
    """
    beside = subjects.Beside(data_dir=data_dir, goldens=goldens, evidence=evidence or ())
    found = program.write_report(runs, out, beside)
    show(found.to_json(), found.format_text, as_json=as_json)
    return 0
