"""The search over packages, with worlds that are a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.shrink.environments import NotTestableError
from appliance.shrink.search import Found, search
from appliance.vary.world import Setting
from support.fake_worlds import FakeWorlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.trial import Trial
    from appliance.vary.world import World

_PACKAGES = tuple(Setting(axis=name, value="2") for name in "abcdefgh")


@attrs.define(kw_only=True)
class _Laboratory:
    """Fake worlds, some of which cannot be tested."""

    worlds: FakeWorlds
    refuses: Callable[[frozenset[str]], bool]

    def observe(self, world: World, repeat: int = 0) -> Trial:
        if self.refuses(frozenset(world.axes)):
            raise NotTestableError("it cannot be installed: conflict")
        return self.worlds.observe(world, repeat)

    def observe_used(self, repeat: int = 0) -> Trial | None:
        return self.worlds.observe_used(repeat)


def _find(
    result: Callable[[frozenset[str], int], str],
    refuses: Callable[[frozenset[str]], bool] = lambda _: False,
    budget: int = 10_000,
) -> tuple[Found, FakeWorlds]:
    worlds = FakeWorlds(result=lambda settings, run: result(frozenset(settings), run), budget=budget)
    return search(_PACKAGES, _Laboratory(worlds=worlds, refuses=refuses)), worlds


def _name(found: Found) -> list[tuple[str, ...]]:
    return [cause.axes for cause in found.findings.causes]


def test_equal_results_end_after_the_control() -> None:
    """Both locks run twice and agree: nothing is searched."""
    found, worlds = _find(lambda _, __: "same")
    assert (found.same, _name(found), len(worlds.runs)) == (True, [], 4)


def test_one_package_alone_is_found_and_shown() -> None:
    """One of eight changes the results: named alone, shown twice, the others harmless."""
    found, _ = _find(lambda there, _: "new" if "c" in there else "old")
    assert _name(found) == [("c",)]
    assert found.covered
    proof = found.findings.causes[0].proof
    assert proof is not None
    assert proof.holds
    assert [one.axis for one in found.findings.harmless] == list("abdefgh")


def test_two_packages_that_act_only_together() -> None:
    """Neither alone changes anything: both are named, as one set."""
    found, _ = _find(lambda there, _: "new" if {"b", "g"} <= there else "old")
    assert _name(found) == [("b", "g")]
    assert found.needed == {}


def test_two_causes_of_their_own() -> None:
    """Two packages that each change the results are two sets, and together they give the second lock's results."""
    found, _ = _find(lambda there, _: "".join(sorted(there & {"a", "h"})) or "old")
    assert sorted(_name(found)) == [("a",), ("h",)]
    assert found.covered


def test_effect_beside_a_cause_is_not_called_harmless() -> None:
    """A package that changes only what a cause gives: the causes do not give the second lock's results."""
    found, _ = _find(lambda there, _: "old" if "a" not in there else "both" if "b" in there else "one")
    assert _name(found) == [("a",)]
    assert found.covered is False


def test_sets_that_cannot_be_installed_are_told() -> None:
    """Two packages that must change together: both stay in the set, with the reason, and nothing is guessed."""
    found, _ = _find(lambda there, _: "new" if "d" in there else "old", lambda there: ("d" in there) != ("e" in there))
    assert _name(found) == [("d", "e")]
    assert list(found.needed) == ["d", "e"]
    assert {world.axes for world in found.refused} >= {("d",), ("e",)}


def test_mixture_that_fails_is_not_the_difference() -> None:
    """A mixture that only fails by itself is not tested: it is no result of either lock."""
    found, _ = _find(
        lambda there, _: "!exit code 1" if there == {"a", "b", "c", "d"} else "new" if "f" in there else "old"
    )
    assert _name(found) == [("f",)]
    assert [world.axes for world in found.refused] == [("a", "b", "c", "d")]


def test_failure_with_the_second_lock_is_a_difference() -> None:
    """The program works with one lock and fails with the other: the package is found, with the failure."""
    found, _ = _find(lambda there, _: "!exit code 3" if "e" in there else "old")
    assert _name(found) == [("e",)]
    assert found.findings.causes[0].fails == "exit code 3"


def test_failure_with_the_first_lock_cannot_be_judged() -> None:
    """Without results of the first lock there is nothing to compare with."""
    found, _ = _find(lambda there, _: "new" if there else "!exit code 1")
    assert found.findings.failure == "exit code 1"
    assert found.same is None


def test_program_that_differs_from_itself_is_said_to() -> None:
    """With each lock: the one that differs from itself is named, and no package is blamed."""
    assert _find(lambda _, run: str(run))[0].unsteady == "A"
    second, _ = _find(lambda there, run: str(run) if there else "old")
    assert (second.unsteady, _name(second)) == ("B", [])


def test_outputs_that_differ_from_run_to_run_are_left_out() -> None:
    """One unsteady output beside a steady one: the steady one decides."""
    found, _ = _find(lambda there, run: f"{'new' if 'c' in there else 'old'}|{run}")
    assert _name(found) == [("c",)]
    assert found.findings.control.unstable == ("out1",)


def test_budget_ends_with_the_smallest_set_so_far() -> None:
    """When the time is over, the search is not complete and knows a set that acts."""
    found, _ = _find(lambda there, _: "new" if "c" in there else "old", budget=12)
    assert not found.findings.complete
    assert "c" in [one.axis for one in found.smallest]
    assert len(found.smallest) < len(_PACKAGES)


def test_rare_difference_of_the_first_lock_ends_the_search() -> None:
    """The first lock differs from itself only later: it is said, and no package is blamed."""
    found, _ = _find(lambda there, run: "new" if there else "old" if run < 5 else "odd")
    assert (found.unsteady, _name(found), found.findings.complete) == ("A", [], True)
