"""The commands of an answer, divided into lines that can be pasted."""

from __future__ import annotations

import shlex

import pytest

from appliance.vary.rendering import divide_command

_LONG = "env NPY_DISABLE_CPU_FEATURES='X86_V4 AVX512_ICL AVX512_SPR X86_V3' PYTHONHASHSEED=0 setarch -R python rank.py"
_QUOTED = "it's one word"


def test_short_command_is_one_line() -> None:
    """What fits stays as it is."""
    assert divide_command("env A=1 ./p", 75) == ["env A=1 ./p"]


@pytest.mark.parametrize("columns", [20, 40, 75])
def test_lines_are_one_command(columns: int) -> None:
    """A shell reads the lines as the same words, also where a quote stands inside of quotes."""
    line = f"{_LONG} {shlex.quote(_QUOTED)}"
    lines = divide_command(line, columns)
    assert len(lines) > 1
    assert all(text.endswith(" \\") for text in lines[:-1])
    assert all(len(text) <= max(columns, 73) for text in lines)
    assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(line)


def test_comment_stands_below() -> None:
    """A comment would take in all that comes behind it, so it has lines of its own."""
    line = f"{_LONG}  # a comment: {'ftz=flush-to-zero, ' * 8}hash-seed=1"
    lines = divide_command(line, 75)
    assert [text for text in lines if text.startswith("# ")] == lines[2:]
    assert shlex.split("\n".join(lines).replace("\\\n", ""), comments=True) == shlex.split(_LONG)


def test_words_that_cannot_be_told_apart_stay_in_one_line() -> None:
    """With a quote that has no end nothing is divided."""
    line = f"{_LONG} 'no end"
    assert divide_command(line, 75) == [line]
