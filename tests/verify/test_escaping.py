"""Text from elsewhere is safe on terminals, in logs of CI runs, in Markdown and in XML."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import UsageError
from verify.escaping import clean, clean_line, clean_screen, escape_cell

HOSTILE = "a\x1b[2J\r\nidentical: fine\n::error::x ##[add-mask]b <img src=x> \u202e [c](http://d) \ud800\x9b\u2028"


@pytest.mark.parametrize(
    "text", ["::error::x", "a\n::error::x", "  ::stop-commands::x", "a ##[group]b", "\t::add-mask::x"]
)
def test_no_line_is_a_command(text: str) -> None:
    """GitHub executes a line that begins with two colons after spaces, and ##[ anywhere."""
    for safe in (clean(text), clean_line(text), escape_cell(text)):
        assert "##[" not in safe
        assert not [line for line in safe.splitlines() if line.lstrip().startswith("::")]


@given(st.text(alphabet=st.characters(), max_size=60))
def test_a_line_is_one_line(text: str) -> None:
    """Whatever the text is, nothing in it breaks the line or controls a terminal."""
    line = clean_line(text)
    assert len(line.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]", line)


@given(st.text(alphabet="<>&|[]`*\\_~:/# ab\n", max_size=40))
def test_a_cell_is_only_text(text: str) -> None:
    """No HTML, no link, no further cell: every character with a meaning is escaped."""
    cell = escape_cell(text)
    assert not re.search(r"[<>]|(?<!\\)(?:\\\\)*[|\[\]`*~]|://", cell)


def test_very_long_text_is_cut() -> None:
    """A value cannot flood the screen; integers that Python refuses to write do not stop an error."""
    assert clean_line("a" * 5000).endswith("a... (1000 more characters)")
    assert "integer" in clean_line(10**5000)


def test_an_error_quotes_values_safely() -> None:
    """Every part of an error stays in its own row; none can forge another row or a last line."""
    lines = str(UsageError(HOSTILE, expected=HOSTILE, found=HOSTILE, where=HOSTILE, remedy=HOSTILE)).split("\n")
    assert [line.split()[0] for line in lines] == ["a?[2J", "where", "expected", "found", "try"]
    assert "\x1b" not in "".join(lines)
    assert "##[" not in "".join(lines)


def test_whole_output_keeps_only_the_colours_of_this_program() -> None:
    """Colours and line breaks stay; other sequences and commands do not."""
    shown = clean_screen("\x1b[31mV001\x1b[0m a\n\x1b[2Jb\n::error::c\x1b[8m")
    assert shown == "\x1b[31mV001\x1b[0m a\n?[2Jb\n?:error::c?[8m"
