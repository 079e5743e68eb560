"""The configuration that a command line names, as an argument or as an option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.parser import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def choose_config(name: str | None, option: str | None, *, instead: str = "") -> str:
    """Return the name or path of the configuration.

    Args:
        name: the argument.
        option: the value of `--config`.
        instead: what else the command could have been given, for the error.

    Raises:
        UsageError: none is given, or two that differ.
    """
    chosen = name if option is None else option
    if chosen is None:
        raise UsageError(f"Missing option '--config' (or the name of a configuration{instead})")
    if name not in (None, chosen):
        raise UsageError(f"two configurations are named: {name} and {option}")
    return chosen


def choose_configs(name: str | None, options: Sequence[str], *, instead: str = "") -> list[str]:
    """Return the names or paths of all configurations, each once; arguments as for `choose_config`.

    Raises:
        UsageError: none is given.
    """
    if name is None and not options:
        return [choose_config(None, None, instead=instead)]
    return list(dict.fromkeys([*([] if name is None else [name]), *options]))
