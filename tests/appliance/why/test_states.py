"""States of axes: read from variables and commands, applied to a launch, taken from the other side."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.vary.axis import Launch
from appliance.why.states import (
    State,
    apply_setup,
    divide_command,
    find_axis,
    is_world_variable,
    list_different,
    read_setup,
    replace_states,
)
from verify.tracing.world import NAMES, PREFIXES

A = {"OPENBLAS_NUM_THREADS": "1", "OPENBLAS_CORETYPE": "Haswell", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:x=1"}
B = {"OPENBLAS_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Haswell", "TZ": "UTC"}


def launch(**environment: str) -> Launch:
    """Return a launch with some variables."""
    return Launch(command=("python", "a.py"), environment=environment, directory=Path("/"))


def test_every_variable_of_a_world_has_an_axis() -> None:
    """Whatever a trace records belongs to an axis, or to what is preloaded."""
    for name in (*NAMES, *(f"{prefix}X" for prefix in PREFIXES)):
        assert is_world_variable(name)
        assert find_axis(name)
    assert not is_world_variable("HOME")


def test_sides_are_compared_axis_by_axis() -> None:
    """Only the axes with other variables are different."""
    a, b = read_setup(A, {}, "python"), read_setup(B, {"flush_to_zero": True}, "python")
    assert list_different(a, b) == ["threads", "libm", "ftz", "memory", "timezone"]
    assert list_different(a, a) == []


def test_setup_is_applied_whole() -> None:
    """The child has the variables of its side, and none of the world in which the search runs."""
    made = apply_setup(read_setup(A, {}, "other"), launch(TZ="Asia/Tokyo", HOME="/h"))
    assert made.environment == {**A, "HOME": "/h"}
    assert made.command == ("other", "a.py")


def test_one_axis_is_taken_from_the_other_side() -> None:
    """The rest stays as it is on its own side; a state that the other side does not have is removed."""
    a, b = read_setup(A, {}, ""), read_setup(B, {}, "")
    mixed = apply_setup(replace_states(a, b, ["threads", "memory"]), launch())
    assert mixed.environment == {**A, "OPENBLAS_NUM_THREADS": "2", "GLIBC_TUNABLES": "x=1"}


@pytest.mark.parametrize(
    ("command", "states", "rest"),
    [
        (("taskset", "-c", "0", "python", "a"), {"affinity": State(applied="0")}, ("python", "a")),
        (("setarch", "-R", "python", "a"), {"aslr": State(applied="fixed")}, ("python", "a")),
        (("python", "a"), {}, ("python", "a")),
        (("nice", "python"), {}, ("nice", "python")),
    ],
)
def test_programs_before_the_command_are_states(
    command: tuple[str, ...], states: dict[str, State], rest: tuple[str, ...]
) -> None:
    """What makes a state of an axis is no part of the program."""
    assert divide_command(command) == (states, rest)
