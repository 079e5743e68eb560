"""The command line that was given, written again with an option more."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from appliance.cli.failures import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence


def compose_command(arguments: Sequence[str], option: str) -> str:
    """Return a command line with an option, which may be in it already."""
    return shlex.join([PROGRAM, *arguments, *([] if option in arguments else [option])])


def make_command(option: str) -> str:
    """Return the command line of this process with an option more."""
    return compose_command(click.get_current_context().find_root().obj or (), option)
