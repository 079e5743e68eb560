"""Trainings broken on purpose: verification notices each, and a control that breaks nothing fails."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from appliance.verification import broken_trainings
from appliance.verification.broken_trainings import Control, try_control, try_trainings

if TYPE_CHECKING:
    from appliance.verification.broken_trainings import Moment

pytestmark = pytest.mark.slow


def test_broken_trainings_are_noticed() -> None:
    """Every training or golden that was broken on purpose gets the expected verdict, the sound one too."""
    results = try_trainings()
    assert {result.id: result.status for result in results} == {f"K{number}": "pass" for number in range(100, 114)}


@pytest.mark.parametrize("moment", ["before", "during", "since"])
def test_control_that_breaks_nothing_fails(moment: Moment) -> None:
    """Negative control of the controls: a training that nothing broke is reported as not noticed."""
    control = Control(id="K101", breaking=lambda _: nullcontext(), moment=moment, expected="different")
    assert try_control(control).status == "fail"


def test_sound_training_that_is_not_identical_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of K100: a program that never says identical is found out."""
    monkeypatch.setattr(broken_trainings, "CONTROLS", ())
    monkeypatch.setattr(broken_trainings, "judge_configs", lambda *_: ([], []))
    assert [(result.id, result.status) for result in try_trainings()] == [("K100", "fail")]
