"""Faults of checkpoints that are planted are found by `prove resume`; the whole table runs with --self-test."""

from __future__ import annotations

import os

import pytest

from appliance.proving.children import Bench
from appliance.proving.planted import PLANTS, Attempt, SelfTest, run_self_test
from appliance.proving.planting import PLANTS as FAULTS
from appliance.proving.planting import plan_start, plant
from verify.errors import UsageError


@pytest.mark.process
@pytest.mark.slow
def test_small_self_test() -> None:
    """A counter that no checkpoint has, and an array that is left out, are named; without a fault nothing is."""
    names = ("nothing", "a counter", "an array left out")
    found = run_self_test(Bench(environment=dict(os.environ)), lambda _: None, names)
    assert [(one.name, one.judged) for one in found.attempts] == [(name, "found") for name in names], found.to_text()
    assert found.exit_code == 0
    assert max(map(len, found.to_text().splitlines())) <= 80


def test_every_fault_of_the_program_is_in_the_table() -> None:
    """No fault can be planted that the self-test leaves out."""
    assert {one.fault for one in PLANTS} - {""} == set(FAULTS)


def test_missed_fault_is_no_success() -> None:
    """A fault that was not named, or a name without a fault, is exit code 1; one that could not be tried is 3."""

    def exit_with(*judged: str) -> int:
        attempts = tuple(Attempt(name="x", named="", judged=one) for one in judged)  # type: ignore[arg-type]
        return SelfTest(attempts=attempts).exit_code

    assert [exit_with("found"), exit_with("found", "missed"), exit_with("false alarm")] == [0, 1, 1]
    assert [exit_with("not tested"), exit_with()] == [3, 3]


def test_unknown_fault_is_refused() -> None:
    """A fault has a name of the table; no name plants nothing."""
    plant("")
    assert plan_start("") == ("-m", "appliance")
    with pytest.raises(UsageError):
        plant("unknown")
    with pytest.raises(UsageError):
        run_self_test(Bench(environment={}), lambda _: None, ("unknown",))
