"""Our own training varied: the portable profile is equal on every axis, the native one is not."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import appliance
from appliance.vary import own_training
from appliance.vary.axes import AXES
from appliance.vary.execute import Request, vary
from appliance.vary.requests import clean_environment

if TYPE_CHECKING:
    from appliance.vary.answer import Answer

pytestmark = [pytest.mark.process, pytest.mark.slow]


def _vary(profile: str) -> Answer:
    """Vary a tiny training in the numeric axes, each with the value that is farthest from the baseline."""
    environment = clean_environment(os.environ)
    place = str(Path(appliance.__file__).parents[1])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (place, environment.get("PYTHONPATH"))))
    request = Request(
        command=own_training.plan_command("smoke", profile),
        directory=None,
        environment=environment,
        globs=own_training.OUTPUTS,
        values={"simd": (), "kernel": ("Prescott",), "hash-seed": ("1",)},
    )
    return vary(request, AXES, lambda _: None)


def test_portable_training_is_not_varied_where_it_refuses() -> None:
    """All usual axes, but for the one whose worlds a portable training refuses; a native one has it."""
    usual = {axis.name for axis in AXES if axis.default}
    assert set(own_training.choose_axes(AXES, "portable")) == usual - {"ftz"}
    assert set(own_training.choose_axes(AXES, "native")) == usual


def test_portable_training_is_equal_on_every_axis() -> None:
    """No axis that can be tested here changes a file of the portable profile."""
    answer = _vary("portable")
    assert (answer.verdict, answer.causes) == ("identical", ()), answer.sentence


def test_native_training_depends_on_the_machine() -> None:
    """The native profile follows the kernel of the BLAS or the SIMD level, where one of them can be varied here."""
    answer = _vary("native")
    tested = {row.name for row in answer.axes if row.status != "not-tested"}
    if not tested & {"kernel", "simd"}:
        pytest.skip("neither the kernel nor the SIMD level can be varied here")
    named = {axis for cause in answer.causes for axis in cause.axes}
    assert named, answer.sentence
    assert named <= {"kernel", "simd"}
