"""The command `checklist`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options import DataDirOption, GoldensOption, JsonOption, MarkdownOption, RunArgument
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.checklist import execute as program
    from verify.files import writing
else:
    program, writing = Later("appliance.checklist.execute"), Later("verify.files.writing")


@command(launch=True)
def checklist(
    run: RunArgument,
    *,
    data_dir: DataDirOption = None,
    goldens: GoldensOption = None,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> int:
    """Answer the reproducibility checklist from a run directory, each item with its evidence."""
    found = program.answer_checklist(run, data_dir=data_dir, golden_dir=goldens)
    show(found.to_json(), found.format_text, as_json=as_json)
    if markdown is not None:
        writing.append_text(markdown, found.format_markdown(), what="the table")
    return 0
