"""Kills at random moments: a few for real, and broken rules of checkpoints that must turn the table red."""

from __future__ import annotations

import os
from random import Random
from typing import TYPE_CHECKING

import pytest

from delivery.torture.kills import run_kills, run_trial
from delivery.torture.planted import RULES
from delivery.torture.subjects import SUBJECTS, Expected, train_undisturbed

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.checkout,
    pytest.mark.process,
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals of POSIX"),
]
ADAM = next(subject for subject in SUBJECTS if subject.name == "adam")
MOST = 12  # trials until a broken rule must have been noticed


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Expected:
    """Return an undisturbed training."""
    return train_undisturbed(ADAM, tmp_path_factory.mktemp("undisturbed") / "here")


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_training_that_was_ended_goes_on(tmp_path: Path, name: str) -> None:
    """The end equals the golden, byte for byte, and nothing is left."""
    (row,) = run_kills(2, tmp_path, names=(name,), subjects=SUBJECTS[1:2])
    assert (row.equal, row.complaints) == (2, ())
    assert row.kills >= 2


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_noticed(tmp_path: Path, expected: Expected, rule: str) -> None:
    """Negative control: an optimizer that begins anew, a checkpoint that is written over the only other one."""
    for number in range(MOST):
        chance, folder = Random(number), tmp_path / str(number)  # noqa: S311 - moments
        module = ("delivery.torture.planted", rule)
        if run_trial(ADAM, expected, "SIGKILL", chance, folder, module).complaint:
            return
    pytest.fail("no trial noticed it")
