"""The command `checklist`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.files_beside import add_markdown
from appliance.cli.later import Later
from appliance.cli.options.judging import ConferenceOption, StrictAnswersOption
from appliance.cli.options.several_groups import (
    DataDirOption,
    EvidenceOption,
    GoldensOption,
    JsonOption,
    MarkdownOption,
    RunArgument,
)
from appliance.cli.printing import Output, show

if TYPE_CHECKING:
    from appliance.checklist import execute as program
else:
    program = Later("appliance.checklist.execute")


@command(launch=True)
def checklist(
    run: RunArgument,
    *,
    evidence: EvidenceOption = None,
    conference: ConferenceOption = None,
    strict: StrictAnswersOption = False,
    data_dir: DataDirOption = None,
    goldens: GoldensOption = None,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> int:
    """Answer the reproducibility checklist from a run directory, each item with its evidence.

    The answers inform: the exit code is 0 also where they are no, unless --strict is given. No code of an experiment
    is run.
    """
    found = program.answer_checklist(
        run, data_dir=data_dir, golden_dir=goldens, evidence=evidence or (), wanted=conference
    )
    show(found.to_json(), partial(found.format_text, full=Output.full), as_json=as_json, exact=True)
    add_markdown(markdown, found.format_markdown)
    return found.find_exit_code(strict=strict)
