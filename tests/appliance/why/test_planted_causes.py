"""Planted differences of programs and trainings: the right name, or none."""

from __future__ import annotations

import os
import sys

import pytest

from appliance.vary.requests import clean_environment
from appliance.why.fingerprints import measure_misses
from appliance.why.planted import Attempt, SelfTest, run_self_test, try_plant
from appliance.why.plants import PLANTS, Arm, Plant
from verify.errors import UsageError

_TRIED = ("order of a set", "one draw more", "learning rate, one ulp", "columns in memory", "flipped memory bit")


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.parametrize("name", _TRIED)
def test_planted_cause_is_named(name: str) -> None:
    """The name is the planted one; what happened once and never again has no name."""
    plant = next(plant for plant in PLANTS if plant.name == name)
    found = try_plant(plant, clean_environment(os.environ), sys.executable)
    assert (found.judged, found.named) == ("right", plant.cause[0]), found.reason


@pytest.mark.process
@pytest.mark.slow
def test_equal_programs_are_not_judged() -> None:
    """Without a planted difference there is nothing to name."""
    found = try_plant(Plant(name="nothing", cause=("seed",), program="zone", b=Arm()), dict(os.environ), sys.executable)
    assert (found.judged, found.named) == ("not tested", "")


def test_names_that_are_not_planted_are_refused() -> None:
    """The names are listed, and nothing is run."""
    with pytest.raises(UsageError, match="no difference of this name") as caught:
        run_self_test({}, sys.executable, lambda _: None, ("seed", "nosuch"))
    assert "flipped memory bit" in str(caught.value)


def test_tables_fit_a_terminal() -> None:
    """The table of fingerprints has no folded rows."""
    text = SelfTest(attempts=(), misses=measure_misses(trials=2)).to_text()
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line.startswith("    ")]


def test_a_wrong_name_fails_the_self_test() -> None:
    """Wrong names and missed causes end with 1; nothing tested with 3."""

    def make(judged: str) -> SelfTest:
        attempt = Attempt(name="x", right=("seed",), named="data", judged=judged)  # type: ignore[arg-type]
        return SelfTest(attempts=(attempt,), misses=())

    assert [make(one).exit_code for one in ("right", "wrong", "missed", "not tested")] == [0, 1, 1, 3]
    assert "1 wrong" in make("wrong").to_text()


def test_names_of_plants_differ() -> None:
    """Each of at least 25 differences has a name of its own."""
    names = [plant.name for plant in PLANTS]
    assert len(set(names)) == len(names) >= 25


def test_our_fingerprint_misses_no_change_and_others_do() -> None:
    """The function of traces and SHA-256 see every change; each of the others misses some."""
    rows = measure_misses(20)
    missed = {name: [row.missed for row in rows if row.function == name] for name in {row.function for row in rows}}
    assert all(sum(counts) == 0 for name, counts in missed.items() if name in ("blocks64/1", "SHA-256"))
    assert all(any(counts) for name, counts in missed.items() if name not in ("blocks64/1", "SHA-256"))
