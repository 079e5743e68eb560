"""The one printer: everything that the program prints goes through these functions."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, cast

from appliance.cli.later import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from verify.digests import JsonValue
    from verify.files import writing
    from verify.rendering import text
else:
    text, writing = Later("verify.rendering.text"), Later("verify.files.writing")


def show(body: object, to_text: Callable[[], str], *, as_json: bool) -> None:
    """Print a result: its JSON form on standard output, or its text."""
    if as_json:
        sys.stdout.write(writing.format_json(cast("JsonValue", body)))
    else:
        sys.stderr.write(to_text() + "\n")


def print_note(line: str) -> None:
    """Print progress, or a note."""
    sys.stderr.write(line + "\n")


def print_error(error: object) -> None:
    """Print an error."""
    sys.stderr.write(f"{error}\n")


def is_interactive() -> bool:
    """Tell whether progress can be drawn."""
    return sys.stderr.isatty()


def wants_color() -> bool:
    """Tell whether text is coloured."""
    return text.wants_color(sys.stderr, os.environ)
