"""The commands of `config`: list, show, new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.command import command
from appliance.cli.later import Later
from appliance.cli.options.materials import ConfigArgument, ExampleOption, NewConfigArgument
from appliance.cli.options.several_groups import JsonOption, SetOption
from appliance.cli.printing import show

if TYPE_CHECKING:
    from appliance.config import reports as program
else:
    program = Later("appliance.config.reports")


@command(launch=False)
def list_configs(as_json: JsonOption = False) -> int:
    """List the configurations that ship with the program."""
    return _show(program.list_report(), as_json=as_json)


@command(launch=False)
def show_config(name: ConfigArgument, settings: SetOption = None, as_json: JsonOption = False) -> int:
    """Print all settings of a configuration as TOML, with their digest."""
    return _show(program.show_report(name, settings or ()), as_json=as_json)


@command(launch=False)
def new(path: NewConfigArgument, example: ExampleOption = "baseline", as_json: JsonOption = False) -> int:
    """Write a new configuration file, a copy of another one with every key explained."""
    return _show(program.new_report(path, example), as_json=as_json)


def _show(report: program.ConfigReport, *, as_json: bool) -> int:
    show(report.body, lambda: report.text, as_json=as_json, exact=True)
    return 0
