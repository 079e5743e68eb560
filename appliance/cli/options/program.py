"""Options of the program as a whole: its version, completion, how errors and digests are shown."""

from __future__ import annotations

from typing import Annotated

from typer import Exit, Option

from appliance import __version__
from appliance.cli import completion
from appliance.cli.failures import PROGRAM
from appliance.cli.parser import Context  # noqa: TC001 - typer reads the annotation
from appliance.cli.printing import show_text


def _show_version(wanted: bool) -> None:
    if wanted:
        show_text(f"{PROGRAM} {__version__}")
        raise Exit


def _show_completion(context: Context, shell: str | None) -> None:
    if shell is not None:
        show_text(completion.make_script(context.command, shell))
        raise Exit


def _install_completion(context: Context, shell: str | None) -> None:
    if shell is not None:
        show_text(completion.install_script(context.command, shell))
        raise Exit


DebugOption = Annotated[bool, Option("--debug", help="Show the traceback of an error.")]
FullOption = Annotated[bool, Option("--full", help="Show digests whole, also in long lines.")]
VersionOption = Annotated[
    bool, Option("--version", is_eager=True, callback=_show_version, help="Show the version of the program.")
]
_SHELL = "; SHELL is bash, zsh or fish, by default yours."
ShowCompletionOption = Annotated[
    str | None,
    Option(
        completion.SHOW,
        metavar="[SHELL]",
        is_eager=True,
        callback=_show_completion,
        help=f"Print the script that completes command lines{_SHELL}",
    ),
]
InstallCompletionOption = Annotated[
    str | None,
    Option(
        completion.INSTALL,
        metavar="[SHELL]",
        is_eager=True,
        callback=_install_completion,
        help=f"Install that script{_SHELL}",
    ),
]
