"""The command `shrink`: the smallest set of package versions that changes the results of a program."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.files_beside import add_markdown
from appliance.cli.later import Later
from appliance.cli.options.differences import CommandArgument, FirstLockArgument, SecondLockArgument, ShrinkOptions
from appliance.cli.options.several_groups import MarkdownOption
from appliance.cli.printing import show
from appliance.cli.progress import show_line

if TYPE_CHECKING:
    from appliance.shrink import execute, rendering
    from appliance.shrink import requests as shrinking
    from appliance.vary import requests
else:
    execute, rendering = Later("appliance.shrink.execute"), Later("appliance.shrink.rendering")
    shrinking = Later("appliance.shrink.requests")
    requests = Later("appliance.vary.requests")


@command(launch=False)
def shrink(
    lock_a: FirstLockArgument,
    lock_b: SecondLockArgument,
    program: CommandArgument = None,
    *,
    options: ShrinkOptions,
    markdown: MarkdownOption = None,
) -> int:
    """Find the smallest set of package versions with which two locks give different results."""
    environment, here = requests.clean_environment(os.environ), Path.cwd()
    run = requests.make_request(tuple(program or ()), here, environment, options)
    request = shrinking.ShrinkRequest(run=run, directory=here, locks=(lock_a, lock_b), python=options.python)
    answer = execute.shrink(request, show_line)
    show(answer.to_json(), lambda: rendering.format_text(answer), as_json=options.as_json, exact=True)
    add_markdown(markdown, lambda: rendering.format_markdown(answer))
    return answer.exit_code
