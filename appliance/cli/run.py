"""The command `run`: a program in the most reproducible world that this host can give."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.differences import CommandArgument, WorldOptions
from appliance.cli.printing import print_note, show
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from appliance.processes import child
    from appliance.vary import requests, running
    from appliance.world import execute
else:
    child, requests = Later("appliance.processes.child"), Later("appliance.vary.requests")
    running, execute = Later("appliance.vary.running"), Later("appliance.world.execute")


@command(launch=False)
def run(program: CommandArgument = None, *, options: WorldOptions) -> int:
    """Run a program in the most reproducible world of this host; its exit code is passed on."""
    mark = (running.MARK, os.environ.get(running.MARK, "run"))
    environment = requests.clean_environment(os.environ)
    request = execute.Request(
        command=tuple(program or ()), directory=Path.cwd(), environment=environment, mark=mark, kernel=options.kernel,
        strict=options.strict, fingerprint=options.fingerprint,
    )  # fmt: skip
    prepared = execute.prepare(request)
    print_note(prepared.world.to_text(str(options.fingerprint)))
    if options.as_json:
        show(prepared.world.to_json(), str, as_json=True)
    try:
        return child.become(prepared.command, output_to_messages=options.as_json)
    except OSError as error:
        raise CouldNotJudgeError("the program cannot be started", found=error, where=request.command[0]) from error
