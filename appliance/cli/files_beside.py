"""The files that a command writes beside what it prints: a table in Markdown, JUnit XML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.cli.later import Later

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from verify.files import writing
else:
    writing = Later("verify.files.writing")


def add_markdown(path: Path | None, to_markdown: Callable[[], str], *, what: str = "the table") -> None:
    """Add a result to a Markdown file, if one was asked for."""
    if path is not None:
        writing.append_text(path, to_markdown(), what=what)


def write_junit(path: Path | None, to_xml: Callable[[], str]) -> None:
    """Write a result as JUnit XML, if that was asked for."""
    if path is not None:
        writing.write_whole(path, to_xml(), what="the JUnit file")
