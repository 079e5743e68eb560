"""Terminals that are narrow, cannot move their cursor, or know only ASCII: text stays plain and whole."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from appliance.cli import printing
from verify.rendering.lines import measure

if TYPE_CHECKING:
    from collections.abc import Callable


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def make_terminals(monkeypatch: pytest.MonkeyPatch) -> tuple[Terminal, Terminal]:
    """Put terminals in the place of standard output and standard error; the test runner sets its own before a test."""
    streams = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", streams[0])
    monkeypatch.setattr(sys, "stderr", streams[1])
    monkeypatch.setenv("TERM", "xterm")
    return streams


@pytest.mark.parametrize(("columns", "widest"), [("60", 60), ("200", 80), ("10", 40)])
def test_text_fits_a_narrow_terminal(
    call: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
    columns: str,
    widest: int,
) -> None:
    """Results and errors, of a terminal with fewer than 80 columns; a wider one has 80, a tiny one 40."""
    monkeypatch.setenv("COLUMNS", columns)
    terminals = make_terminals(monkeypatch)
    assert call("golden", "list") == 0
    assert call("train", "baslein") == 2
    for stream in terminals:
        lines = stream.getvalue().splitlines()
        assert max(map(measure, lines)) <= widest
        assert max(map(measure, lines)) > widest - 30


def test_pipe_has_eighty_columns(
    call: Callable[..., int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not a terminal does not depend on COLUMNS."""
    monkeypatch.setenv("COLUMNS", "40")
    assert call("golden", "list") == 0
    assert max(map(measure, capsys.readouterr().out.splitlines())) > 60


@pytest.mark.parametrize(("term", "drawn"), [("xterm", True), ("dumb", False), ("unknown", False)])
def test_progress_is_drawn_where_the_cursor_moves(monkeypatch: pytest.MonkeyPatch, term: str, drawn: bool) -> None:
    """Elsewhere no bar is drawn, and lines of progress are still told."""
    make_terminals(monkeypatch)
    monkeypatch.setenv("TERM", term)
    assert printing.can_draw() is drawn
    assert printing.is_interactive()


@pytest.mark.process
def test_ascii_is_enough() -> None:
    """With a locale that knows only ASCII, a name in other letters is shown with question marks, and nothing fails."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    words = [sys.executable, "-m", "appliance", "config", "show", "n\N{LATIN SMALL LETTER A WITH DIAERESIS}me.toml"]
    done = subprocess.run(
        words, env={**environment, "PYTHONPATH": ":".join(sys.path)}, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.isascii()
    assert b"n??me.toml" in done.stderr
