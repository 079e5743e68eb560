"""The parser beneath typer: click, or from typer 0.29 on the copy of click that typer has within itself.

An exception of one is none of the other, so every module of this room takes them from here.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from typer.core import TyperCommand

if TYPE_CHECKING:
    from click import Command, Context, shell_completion
    from click.exceptions import ClickException, UsageError
if not TYPE_CHECKING:
    Command = next(base for base in TyperCommand.__mro__ if base.__name__ == "Command")
    _PACKAGE = Command.__module__.rpartition(".")[0]
    Context = importlib.import_module(f"{_PACKAGE}.core").Context
    shell_completion = importlib.import_module(f"{_PACKAGE}.shell_completion")
    ClickException = importlib.import_module(f"{_PACKAGE}.exceptions").ClickException
    UsageError = importlib.import_module(f"{_PACKAGE}.exceptions").UsageError

__all__ = ["ClickException", "Command", "Context", "UsageError", "shell_completion"]
