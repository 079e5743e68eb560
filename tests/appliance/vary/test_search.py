"""The search, with worlds that are a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.vary.covering import cover_pairs
from appliance.vary.minimizing import minimize
from appliance.vary.search import search
from appliance.vary.world import Setting, World
from support.fake_worlds import FakeWorlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.findings import Findings

_AXES = dict.fromkeys("abcdefgh", ("1", "2"))
_DIGITS = 97


def _find(result: Callable[[dict[str, str], int], str], **others: object) -> tuple[Findings, FakeWorlds]:
    worlds = FakeWorlds(result=result, **others)  # type: ignore[arg-type] # tests name its fields
    return search(_AXES, worlds), worlds


def _name(findings: Findings) -> list[list[str]]:
    return [[str(setting) for setting in (*c.settings, *c.others, *c.also)] for c in findings.causes]


def test_every_pair_of_settings_stands_together_in_few_worlds() -> None:
    """Fifteen axes of two values need few runs, and no pair is left out."""
    axes = {f"axis{number:02}": ("x",) for number in range(15)}
    worlds = cover_pairs(axes)
    assert len(worlds) == 7
    assert len(worlds[0]) == 15
    names = sorted(axes)
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            found = {(one in world.axes, other in world.axes) for world in (*worlds, World())}
            assert len(found) == 4


@pytest.mark.parametrize("wanted", [{3}, {2, 7}, {0, 1, 11}, set(range(12))])
def test_minimal_sets_are_found(wanted: set[int]) -> None:
    """Delta debugging finds exactly the items that are needed."""
    found = minimize(range(12), lambda part: wanted <= set(part))
    assert set(found) == wanted


def test_harmless_world_changes_nothing() -> None:
    """Without a cause every setting is harmless, and no world but the control is run twice."""
    findings, worlds = _find(lambda _, __: "same")
    assert findings.complete
    assert findings.causes == []
    assert len(findings.harmless) == 16
    assert len([world for world in worlds.runs if len(world)]) == len({world for world in worlds.runs if len(world)})


def test_one_cause_is_named_and_proved() -> None:
    """One setting that acts alone is the only cause; its proof has two runs each way."""
    findings, _ = _find(lambda world, _: "other" if world.get("c") == "2" else "same")
    assert _name(findings) == [["c=2"]]
    proof = findings.causes[0].proof
    assert proof is not None
    assert (proof.with_cause, proof.without, proof.repeats) == (2, 2, 2)
    assert proof.holds
    assert len(findings.harmless) == 15


def test_values_of_one_axis_are_one_cause() -> None:
    """Two values of an axis that give two results are one cause with two settings."""
    findings, _ = _find(lambda world, _: world.get("e", "same"))
    assert _name(findings) == [["e=1", "e=2"]]
    assert len(findings.worlds) == 3


def test_two_causes_are_two() -> None:
    """Two settings with results of their own are two causes."""
    findings, _ = _find(lambda world, _: f"{world.get('a') == '1'} {world.get('h') == '2'}")
    assert _name(findings) == [["a=1"], ["h=2"]]


def test_settings_that_act_only_together_are_one_cause() -> None:
    """A pair that acts only together is found by the screen and told as a pair."""
    findings, _ = _find(lambda world, _: str(world.get("b") == "2" and world.get("f") == "1"))
    assert _name(findings) == [["b=2", "f=1"]]
    assert findings.causes[0].together
    assert len(findings.harmless) == 15


def test_one_cause_through_two_axes_is_told_as_one() -> None:
    """Affinity acts through the number of threads: the results are equal, alone and at once."""
    findings, _ = _find(lambda world, _: "one" if "1" in (world.get("a"), world.get("d")) else "two")
    assert _name(findings) == [["a=1", "d=1"]]
    assert findings.causes[0].axes == ("a", "d")


def test_failure_in_one_world_is_a_class_of_its_own() -> None:
    """A world in which the program fails is a cause that says so, and hides no other cause."""

    def result(world: dict[str, str], _: int) -> str:
        return "!exit code 3" if world.get("g") == "1" else str(world.get("a") == "1")

    findings, _ = _find(result)
    assert sorted(_name(findings)) == [["a=1"], ["g=1"]]
    assert [cause.fails for cause in findings.causes if cause.settings[0].axis == "g"] == ["exit code 3"]


def test_program_that_differs_from_itself_has_a_rate() -> None:
    """A program that differs in one of five runs is a finding of its own, and no axis is blamed."""
    findings, _ = _find(lambda _, run: "rare" if run % 5 == 2 else "same")
    assert not findings.control.identical
    assert 0 < findings.control.rate <= 0.4
    assert findings.causes == []
    assert findings.complete


def test_late_noise_is_noticed_too() -> None:
    """Noise that the first runs do not show is found when a difference is not confirmed."""
    findings, _ = _find(lambda _, run: "rare" if run % 5 == 4 else "same")
    assert not findings.control.identical
    assert findings.causes == []


def test_setting_that_makes_the_program_steady_is_the_cause() -> None:
    """Where a setting ends the noise, it is the cause, and the search goes on from there."""

    def result(world: dict[str, str], run: int) -> str:
        return f"{world.get('c') or run} {world.get('f') == '2'}"

    findings, _ = _find(result)
    assert [(cause.steadies, cause.axes) for cause in findings.causes] == [(True, ("c",)), (False, ("f",))]


def test_noise_in_one_output_hides_no_cause_in_another() -> None:
    """A log with the time is unstable; the results beside it are compared all the same."""
    findings, _ = _find(lambda world, run: f"{world.get('d') == '1'}|{run}")
    assert findings.control.unstable == ("out1",)
    assert _name(findings) == [["d=1"]]


def test_pure_noise_blames_nothing() -> None:
    """Where every run differs, no axis is judged."""
    findings, _ = _find(lambda _, run: str(run))
    assert findings.unusable
    assert findings.causes == []
    assert findings.harmless == []


def test_world_that_differs_from_itself_is_a_cause() -> None:
    """Where only one setting makes the program differ from itself, it is the cause."""
    findings, _ = _find(lambda world, run: str(run) if world.get("a") == "2" else "same")
    assert _name(findings) == [["a=2"]]
    assert findings.causes[0].noisy


def test_used_directory_is_compared() -> None:
    """A second run in the used directory with another result is told."""
    findings, _ = _find(lambda _, __: "same", used="other")
    assert findings.used == ("out0",)
    assert findings.causes == []


@pytest.mark.parametrize("budget", [1, 3, 5, 12, 30])
def test_budget_ends_with_what_is_known(budget: int) -> None:
    """A search without time left returns what it has."""
    findings, worlds = _find(lambda world, _: str(world.get("c") == "2"), budget=budget)
    assert not findings.complete
    assert len(worlds.runs) == budget


def test_program_that_fails_as_it_is_is_not_searched() -> None:
    """A baseline that fails gives no answer, and one run is enough to know that."""
    findings, worlds = _find(lambda _, __: "!exit code 2")
    assert findings.failure == "exit code 2"
    assert len(worlds.runs) == 1


def test_effect_inside_the_world_of_a_cause_blames_nobody() -> None:
    """A setting that only changes what another cause gives is harmless to the program as it is."""

    def result(world: dict[str, str], _: int) -> str:
        return f"{world.get('a') == '1'} {world.get('a') == '1' and world.get('b') == '1'}"

    findings, worlds = _find(result)
    assert _name(findings) == [["a=1"]]
    assert len(findings.worlds) == 3
    assert len(worlds.runs) < 45


@pytest.mark.parametrize("masks", ["b", "bc", "bcdefgh"])
def test_causes_that_mask_each_other_are_found(masks: str) -> None:
    """A setting that acts only where none of several others is varied is found, and so are those that hide it."""

    def result(world: dict[str, str], _: int) -> str:
        hidden = any(world.get(axis) == "1" for axis in masks)
        return str((world.get("a") == "1") != hidden)

    findings, _ = _find(result)
    named = {str(setting) for c in findings.causes for setting in (*c.settings, *c.others, *c.also)}
    assert named == {"a=1", *(f"{axis}=1" for axis in masks)}
    assert not any(cause.together for cause in findings.causes)


def test_world_names_its_settings() -> None:
    """Worlds are equal whatever the order of their settings; a further setting replaces one of its axis."""
    one, other = Setting(axis="a", value="1"), Setting(axis="b", value="2")
    assert World.make([other, one]) == World.make([one, other])
    assert str(World.make([other, one]).with_settings([Setting(axis="b", value="3")])) == "a=1, b=3"
    assert str(World()) == "as it is"


def test_noise_is_not_taken_for_a_used_directory() -> None:
    """An output that differs from itself anyway says nothing about used directories."""
    findings, _ = _find(lambda _, run: f"same|{run % 3}", used="same|7")
    assert findings.used == ()
    assert findings.causes == []


def test_program_that_does_not_end_at_another_date_is_no_cause() -> None:
    """The tool that sets the date breaks some waits: such a world is no cause, and the axis is not tested."""
    late, axes = "!did not end within 60 s", {"date": ("2011", "2028"), "user": ("x",)}
    findings = search(axes, FakeWorlds(result=lambda world, _: late if "date" in world else "same"))
    assert not findings.causes
    assert set(findings.hung) == {"date"}


@pytest.mark.parametrize(("axis", "text"), [("date", "!exit code 1"), ("user", "!did not end within 60 s")])
def test_other_failures_stay_causes(axis: str, text: str) -> None:
    """Control: another failure at another date is a cause; so is another axis with which the program does not end."""
    axes = {"date": ("2011", "2028"), "user": ("x",)}
    findings = search(axes, FakeWorlds(result=lambda world, _: text if axis in world else "same"))
    assert [cause.axes for cause in findings.causes] == [(axis,)]
    assert not findings.hung
