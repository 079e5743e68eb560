"""The configuration that a command line names, as an argument or as an option."""

from __future__ import annotations

import click


def choose_config(name: str | None, option: str | None, *, instead: str = "") -> str:
    """Return the name or path of the configuration.

    Args:
        name: the argument.
        option: the value of `--config`.
        instead: what else the command could have been given, for the error.

    Raises:
        click.UsageError: none is given, or two that differ.
    """
    chosen = name if option is None else option
    if chosen is None:
        raise click.UsageError(f"Missing option '--config' (or the name of a configuration{instead})")
    if name not in (None, chosen):
        raise click.UsageError(f"two configurations are named: {name} and {option}")
    return chosen
