"""The command line that was given, written again with an option more."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.cli.failures import PROGRAM, StoppedError, list_options
from appliance.cli.later import Later
from verify.startup.signals import describe_exit_code, find_exit_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from appliance.launch import started
else:
    started = Later("appliance.launch.started")


class Given:
    """The command line of this process; contexts of the command-line library differ between its versions."""

    arguments: Sequence[str] = ()


def compose_command(arguments: Sequence[str], option: str) -> str:
    """Return a command line with an option, which may be in it already."""
    before = list_options(arguments)
    more = [] if option in before else [option]
    return shlex.join([PROGRAM, *before, *more, *arguments[len(before) :]])


def make_command(option: str) -> str:
    """Return the command line of this process with an option more.

    Of several workers it is said in words: what started them is not known here.
    """
    if started.find_started().is_several:
        return f"the same command with {option}"
    return compose_command(Given.arguments, option)


@contextmanager
def say_what_was_kept(option: str) -> Iterator[None]:
    """Report an interrupt after which something was kept with the command that goes on from it.

    Raises:
        StoppedError: the block was interrupted, and something was kept.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        kept = getattr(error, "kept", None)
        if kept is None:
            raise
        code = find_exit_code()
        raise StoppedError(describe_exit_code(code), kept=kept, remedy=make_command(option), exit_code=code) from error
