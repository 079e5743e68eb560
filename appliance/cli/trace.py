"""The command `trace`: runs a program and records fingerprints of its arrays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.differences import CommandArgument, TraceDirectoryOption, WatchOption
from appliance.cli.options.several_groups import JsonOption
from appliance.cli.printing import print_note, show

if TYPE_CHECKING:
    from appliance.tracing import execute, request
    from appliance.vary import requests
else:
    execute, request = Later("appliance.tracing.execute"), Later("appliance.tracing.request")
    requests = Later("appliance.vary.requests")


@command(launch=False)
def trace(
    program: CommandArgument = None,
    *,
    out: TraceDirectoryOption,
    watch: WatchOption = None,
    as_json: JsonOption = False,
) -> int:
    """Run a Python program and record fingerprints of its arrays; exit with the program's own exit code."""
    environment = {**requests.clean_environment(os.environ), "PWD": os.getcwd()}  # noqa: PTH109 - a text
    asked = request.TraceRequest(
        command=tuple(program or ()), output=out, environment=environment, watch=tuple(watch or ()), quiet=as_json
    )
    summary = execute.trace_program(asked)
    if as_json:
        show(summary.to_json(), summary.to_text, as_json=True)
    else:
        print_note(summary.to_text())
    return summary.exit_code
