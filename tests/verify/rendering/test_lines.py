"""Lines that fit a terminal of 80 columns."""

from __future__ import annotations

import pytest

from verify.rendering.lines import COLUMNS, fit_lines, measure

DIGEST = "sha256:" + "0123456789abcdef" * 4


def test_digest_that_fits_stays_whole() -> None:
    """A digest that can be copied from one line is not cut."""
    assert fit_lines(f"  run  {DIGEST}") == f"  run  {DIGEST}"


def test_digest_that_does_not_fit_is_cut() -> None:
    """Twelve digits and a mark are left, so that nothing wraps."""
    assert fit_lines(f"  initial_weights  {DIGEST}") == "  initial_weights  sha256:0123456789ab..."


def test_colours_take_no_columns() -> None:
    """Codes for the terminal do not count."""
    line = "\x1b[32mok\x1b[0m " + "x" * 77
    assert measure(line) == COLUMNS
    assert fit_lines(line) == line


def test_long_value_goes_on_below() -> None:
    """The lines of a value begin in one column; a path is not divided."""
    path = "/" + "p" * 90
    shown = fit_lines(f"  expected   {'word ' * 30}{path}")
    lines = shown.split("\n")
    assert all(line.startswith(" " * 13) for line in lines[1:])
    assert all(len(line) <= COLUMNS for line in lines if path not in line)
    assert path in shown
    assert shown.split() == ["expected", *["word"] * 30, path]


def test_command_is_not_divided() -> None:
    """What the reader is to type is in one line."""
    command = "repro-appliance golden record smoke --replace"
    assert command in fit_lines(f"  try        {'word ' * 8}: {command}; or something else that is long")


@pytest.mark.parametrize("command", ["::error file=x::forged", "##[error]forged"])
def test_continued_line_is_no_command_of_a_ci_system(command: str) -> None:
    """A value cannot place a command at the start of a line."""
    shown = fit_lines(f"  found      {'word ' * 13}{command}")
    assert len(shown.split("\n")) == 2
    assert command not in shown


def test_sentence_goes_on_below() -> None:
    """Prose of more than 80 columns is divided."""
    sentence = "The runs are identical: " + "settings, " * 10 + "and metrics agree."
    lines = fit_lines(sentence).split("\n")
    assert all(len(line) <= COLUMNS for line in lines)
    assert " ".join(line.strip() for line in lines) == sentence
    named = f"  cpu.features               {'AVX ' * 30}".rstrip()
    assert all(line.startswith(" " * 29) for line in fit_lines(named).split("\n")[1:])


def test_long_list_without_spaces_is_divided() -> None:
    """Settings such as those of a locale go on below, divided at their marks; a path is not divided."""
    shown = fit_lines("  locale                     " + ";".join(f"LC_NAME{number}=C.UTF-8" for number in range(9)))
    assert all(len(line) <= COLUMNS for line in shown.split("\n"))
    assert "LC_NAME0=C.UTF-8; LC_NAME1=C.UTF-8;\n" in shown
    path = "  where      /data/" + "a,b" * 30
    assert fit_lines(path) == path


def test_colours_stay_in_a_line_that_is_divided() -> None:
    """A headline in colour is divided as one without; what was painted is painted."""
    shown = fit_lines("\x1b[31mV002\x1b[0m " + "word " * 30 + "end")
    lines = shown.split("\n")
    assert lines[0].startswith("\x1b[31mV002\x1b[0m word")
    assert len(lines) > 1
    assert all(measure(line) <= COLUMNS for line in lines)


def test_columns_go_on_below() -> None:
    """A row of a table that is too wide is divided between its columns; a cell that is too wide, between its words."""
    lines = fit_lines("  a name of this length     second column        " + "third " * 20).split("\n")
    assert lines[0] == "  a name of this length     second column"
    assert lines[1].startswith("    third third")
    assert all(len(line) <= COLUMNS for line in lines)
