"""The command `why`: the cause of a difference."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.files_beside import add_markdown
from appliance.cli.later import Later
from appliance.cli.options.differences import (
    NoReplayOption,
    OneSideArgument,
    OtherNumPyOption,
    OtherSideArgument,
    PlantedOption,
)
from appliance.cli.options.several_groups import DataDirOption, JsonOption, MarkdownOption, SelfTestOption
from appliance.cli.printing import print_note, show
from appliance.cli.progress import show_line
from verify.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.vary import requests
    from appliance.why import execute, planted, rendering
else:
    requests = Later("appliance.vary.requests")
    execute, rendering = Later("appliance.why.execute"), Later("appliance.why.rendering")
    planted = Later("appliance.why.planted")


@command(launch=False)
def why(
    a: OneSideArgument = None,
    b: OtherSideArgument = None,
    *,
    self_test: SelfTestOption = False,
    only: PlantedOption = "",
    other: OtherNumPyOption = "",
    no_replay: NoReplayOption = False,
    data_dir: DataDirOption = None,
    markdown: MarkdownOption = None,
    as_json: JsonOption = False,
) -> int:
    """Find the cause of a difference of two runs or traces: run both again, and the operation alone in every world."""
    environment = requests.clean_environment(os.environ)
    if self_test:
        return _run_self_test(environment, only, other, markdown, as_json=as_json)
    if a is None or b is None:
        raise UsageError("two sides are needed", expected="why A B", remedy="repro-appliance why runs/a runs/b")
    asked = execute.WhyRequest(
        a=a, b=b, environment=environment, tell=print_note, data_dir=data_dir, replay=not no_replay
    )
    answer = execute.find_cause(asked)
    show(answer.to_json(), lambda: rendering.format_text(answer), as_json=as_json)
    add_markdown(markdown, lambda: rendering.format_markdown(answer))
    return answer.exit_code


def _run_self_test(environment: dict[str, str], only: str, other: str, markdown: Path | None, *, as_json: bool) -> int:
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    found = planted.run_self_test(environment, sys.executable, show_line, names, other)
    show(found.to_json(), found.to_text, as_json=as_json)
    add_markdown(markdown, found.to_markdown)
    return found.exit_code
