"""Faults on purpose: found where they can be planted, missed where the search names something else."""

from __future__ import annotations

import os
import sys

import pytest

from appliance.vary import planted
from appliance.vary.axes import AXES
from appliance.vary.requests import clean_environment

pytestmark = [pytest.mark.process, pytest.mark.slow]


def _run(names: tuple[str, ...]) -> planted.SelfTest:
    return planted.run_self_test(clean_environment(os.environ), sys.executable, lambda _: None, names)


def test_planted_faults_are_found() -> None:
    """The axis that a small program depends on is named, and none of the decoys."""
    found = _run(("timezone",))
    assert [(trap.axis, trap.named, trap.verdict) for trap in found.traps] == [("timezone", ("timezone",), "found")]
    assert found.exit_code == 0
    assert "| timezone | timezone | found |" in found.to_markdown()


def test_fault_that_names_another_axis_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a program that depends on something else is missed, with exit code 1."""
    programs = {"umask": planted.PROGRAMS["timezone"]}
    monkeypatch.setattr(planted, "PROGRAMS", programs)
    found = _run(("umask",))
    assert [trap.verdict for trap in found.traps] == ["missed"]
    assert found.exit_code == 1
    assert found.to_json()["verdict"] == "different"


def test_every_axis_has_a_fault_or_a_reason() -> None:
    """Only axes that need another interpreter, NumPy or processor have no planted fault."""
    assert {axis.name for axis in AXES} - set(planted.PROGRAMS) == {"python", "numpy", "cpu"}
