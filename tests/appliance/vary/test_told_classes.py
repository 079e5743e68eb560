"""How an answer is told: order of classes, axes with one reason, numbers in words, names that nearly fit."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from appliance.vary.answer import Answer
from appliance.vary.axes import AXES
from appliance.vary.classes import list_classes
from appliance.vary.comparing.single import Difference
from appliance.vary.findings import Findings
from appliance.vary.rendering import format_text
from appliance.vary.rows import AxisRow
from appliance.vary.selection import choose_axes
from appliance.vary.selection import test_axis as prove_axis
from appliance.vary.world import Setting, World
from support.variable_axes import VariableAxis
from verify.errors import UsageError

if TYPE_CHECKING:
    from appliance.vary.axis import Subject


def _make(*settings: str) -> World:
    return World.make(Setting(axis=text[0], value=text[2:]) for text in settings)


def test_classes_of_few_settings_stand_first() -> None:
    """The baseline, then single settings, then worlds of several: a reader needs the simple ones."""
    findings = Findings(worlds={"0": [World()], "1": [_make("a=1", "b=2")], "2": [_make("c=1", "a=1"), _make("c=1")]})
    trial = SimpleNamespace(sign=lambda: "x", outputs={}, ending="it failed", tail="")
    memory = SimpleNamespace(trials={str(world): [trial] for group in findings.worlds.values() for world in group})
    launcher = SimpleNamespace(write_line=lambda world, _: f"run {world}")
    classes = list_classes(findings, cast("Any", memory), cast("Any", launcher))
    assert [(kind.id, kind.worlds[0]) for kind in classes] == [("A", "as it is"), ("B", "c=1"), ("C", "a=1, b=2")]


def _tell(*rows: AxisRow, runs: int = 1) -> str:
    answer = Answer(
        verdict="could-not-judge", sentence="nothing", repeats=1, identical=True, rate=0.0, axes=rows, causes=(),
        classes=(), harmless=(), advice=(), notes=(), runs=runs, seconds=1.0, complete=True,
    )  # fmt: skip
    return format_text(answer)


def test_axes_with_one_reason_share_a_line() -> None:
    """Twenty axes that were not tested for one reason are one line; another reason has its own."""
    rows = [AxisRow(name=name, title=name, values=(), status="not-tested", reason="it fails") for name in "abc"]
    other = AxisRow(name="d", title="d", values=(), status="not-tested", reason="no tool", remedy="install it")
    text = _tell(*rows, other)
    assert "  a, b, c: it fails\n  d: no tool; to test it: install it\n" in text
    assert text.endswith("could-not-judge: 1 run, 1.0 s")
    assert _tell(runs=2).endswith("2 runs, 1.0 s")


def test_large_distances_are_told_roughly() -> None:
    """A distance of fifteen digits helps nobody."""
    assert Difference(where="w", a="1.0", b="2.0", ulp=2**52).describe() == "w: 1.0 / 2.0, 4.5e+15 ulp"
    assert Difference(where="w", a="1.0", b="2.0", ulp=34).describe() == "w: 1.0 / 2.0, 34 ulp"


def test_name_that_nearly_fits_is_suggested() -> None:
    """A slip of the keyboard names the axis that was meant."""
    with pytest.raises(UsageError) as caught:
        choose_axes(AXES, ["hash-sed"], {})
    assert caught.value.remedy == "did you mean hash-seed?"


def test_axis_with_one_value_says_so() -> None:
    """An axis without a second value is not told to be without effect."""
    axis = VariableAxis(name="alpha", given=())
    subject = cast("Subject", SimpleNamespace(scratch=None, environment={}, command=("p",), python=None))
    found = prove_axis(axis, (), subject, lambda _: "same")
    assert (found.values, found.reasons) == ((), ("it has only one value here",))
