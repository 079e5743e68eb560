"""The one printer: everything that the program prints goes through these functions.

Results go to standard output. Notes, progress and errors go to standard error.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, TextIO, cast

from appliance.cli.later import Later
from verify import escaping

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.digests import JsonValue
    from verify.errors import ApplianceError
    from verify.files import writing
    from verify.rendering import lines, objects, text
else:
    text, writing = Later("verify.rendering.text"), Later("verify.files.writing")
    lines, objects = Later("verify.rendering.lines"), Later("verify.rendering.objects")

_NARROWEST = 40  # columns


class Output:
    """How text is printed; `--full` shows digests whole. Of several workers only the first one is not silent.

    Workers meet before they print an error, unless only the first one can have one.
    """

    full = False
    silent = False
    meets = True


def show(body: object, to_text: Callable[[], str], *, as_json: bool, exact: bool = False) -> None:
    """Print a result on standard output: its JSON form, or its text, in lines that fit unless it must stay `exact`."""
    if Output.silent:
        return
    if as_json:
        sys.stdout.write(writing.format_json(cast("JsonValue", body)))
    else:
        shown = to_text()
        sys.stdout.write((shown if exact else _fit(shown, sys.stdout)) + "\n")


def show_text(line: str) -> None:
    """Print a result that has no JSON form, such as a script."""
    sys.stdout.write(line + "\n")


def print_note(line: str) -> None:
    """Print progress, or a note, on standard error."""
    if Output.silent:
        return
    sys.stderr.write(_fit(line, sys.stderr) + "\n")


def print_error(error: object) -> None:
    """Print an error on standard error."""
    sys.stderr.write(f"{_fit(str(error), sys.stderr)}\n")


def show_failure(error: ApplianceError, *, as_json: bool) -> None:
    """Print an error, and with --json also its object on standard output."""
    print_error(error)
    if as_json:
        sys.stdout.write(writing.format_json(objects.describe_error(error)))


def _fit(shown: str, stream: TextIO) -> str:
    """Return text as it is shown on a stream: in lines of 80 columns, or of fewer on a narrower terminal."""
    shown = escaping.clean_screen(shown)
    if Output.full:
        return shown
    columns = lines.COLUMNS
    if stream.isatty():
        columns = max(_NARROWEST, min(columns, shutil.get_terminal_size((columns, 24)).columns))
    return lines.fit_lines(shown, columns)


def is_interactive() -> bool:
    """Tell whether somebody watches who can be told what is done now."""
    return sys.stderr.isatty() and not Output.silent


def can_draw() -> bool:
    """Tell whether progress can be drawn: a terminal that moves its cursor."""
    return is_interactive() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def wants_color() -> bool:
    """Tell whether results are coloured."""
    return text.wants_color(sys.stdout, os.environ)
