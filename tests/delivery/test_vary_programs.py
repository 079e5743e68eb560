"""Programs with known answers, each varied by a command of its own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import attrs
import pytest

from delivery.vary_table.__main__ import OWN, find_other, judge_program
from delivery.vary_table.judging import judge
from delivery.vary_table.programs import Program, read_programs
from delivery.vary_table.running import Tools, run_vary

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.checkout]

_PROGRAMS = read_programs(OWN / "answers.toml")


@pytest.fixture(scope="module")
def tools() -> Tools:
    """Return the interpreters of this machine."""
    return Tools(python=sys.executable, other=find_other())


@pytest.mark.parametrize("program", [one for one in _PROGRAMS if not one.long], ids=lambda program: program.id)
def test_program_is_judged_right(program: Program, tools: Tools) -> None:
    """The right axis is named and no other; a tool or a locale that a machine lacks is said, but never for Python."""
    row = judge_program(program, OWN, tools)
    assert row.judged == "right" or (row.judged == "cannot be shown here" and program.command[0] != "{python}"), row


def test_large_output_is_never_in_memory(tmp_path: Path, tools: Tools) -> None:
    """With an output of 256 MiB `vary` needs far less memory; `make vary-table` does the same with 1 GiB."""
    program = next(one for one in _PROGRAMS if one.id == "gigabyte.py")
    small = attrs.evolve(
        program, command=(*program.command, "256"), values=("hash-seed=1",), says=("large.npy: element [33554431]",)
    )
    heard = run_vary(small, OWN, tmp_path, tools)
    assert judge(small, heard).judged == "right", judge(small, heard).reason
    assert 0 <= heard.peak < 200


def test_wrong_right_answer_is_noticed(tools: Tools) -> None:
    """Negative control: a program that is said to depend on something else is judged wrong."""
    program = next(one for one in _PROGRAMS if one.id == "picture.py")
    row = judge_program(attrs.evolve(program, named=("umask",), says=()), OWN, tools)
    assert row.judged == "wrong"
    assert "umask is not named" in row.reason
