"""The command `vary`: which axes of the surroundings change the results of a program."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.cli.command import command
from appliance.cli.files_beside import add_markdown, write_junit
from appliance.cli.later import Later
from appliance.cli.options.differences import CommandArgument, OwnTrainingOption, VaryOptions
from appliance.cli.options.several_groups import JunitOption, MarkdownOption, SelfTestOption
from appliance.cli.printing import show
from appliance.cli.progress import show_line

if TYPE_CHECKING:
    from appliance.vary import axes, execute, own_training, planted, rendering, requests
    from appliance.vary import junit as xml
else:
    execute, own_training = Later("appliance.vary.execute"), Later("appliance.vary.own_training")
    planted, rendering = Later("appliance.vary.planted"), Later("appliance.vary.rendering")
    requests, axes = Later("appliance.vary.requests"), Later("appliance.vary.axes")
    xml = Later("appliance.vary.junit")


@command(launch=False)
def vary(
    program: CommandArgument = None,
    *,
    config: OwnTrainingOption = None,
    options: VaryOptions,
    self_test: SelfTestOption = False,
    markdown: MarkdownOption = None,
    junit: JunitOption = None,
) -> int:
    """Run a program in varied worlds and say which axis changes the bits of its results."""
    environment = requests.clean_environment(os.environ)
    if self_test:
        return _run_self_test(environment, options, markdown)
    if config is not None:
        request = _plan_training(config, environment, options)
    else:
        request = requests.make_request(tuple(program or ()), Path.cwd(), environment, options)
    answer = execute.vary(request, axes.AXES, show_line)
    show(answer.to_json(), lambda: rendering.format_text(answer), as_json=options.as_json, exact=True)
    add_markdown(markdown, lambda: rendering.format_markdown(answer))
    write_junit(junit, lambda: xml.format_junit(answer))
    return answer.exit_code


def _plan_training(config: str, environment: dict[str, str], options: VaryOptions) -> execute.Request:
    words, globs = own_training.plan_command(config, options.profile), own_training.list_outputs(options.profile)
    request = requests.make_request(words, None, environment, options, globs=globs)
    if not (request.axes or request.values):
        request = attrs.evolve(request, axes=own_training.choose_axes(axes.AXES, options.profile))
    names, values = own_training.plan_axes(request.axes, options.profile)
    return attrs.evolve(request, axes=names, values={**values, **request.values})


def _run_self_test(environment: dict[str, str], options: VaryOptions, markdown: Path | None) -> int:
    names = [name for name in options.axes.split(",") if name]
    found = planted.run_self_test(environment, sys.executable, show_line, names)
    show(found.to_json(), found.to_text, as_json=options.as_json)
    add_markdown(markdown, found.to_markdown)
    return found.exit_code
