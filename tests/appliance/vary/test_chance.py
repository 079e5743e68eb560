"""Programs that differ from themselves, simulated: chance is never told as a cause, and real causes are still found."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from appliance.vary.evidence import compute_chance, plan_repeats, plan_runs
from appliance.vary.search import search
from support.fake_worlds import FakeWorlds

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.vary.findings import Findings

    Result = Callable[[dict[str, str], int], str]

pytestmark = pytest.mark.slow

_FEW = {"alpha": ("1", "2"), "beta": ("1", "2"), "gamma": ("1",)}
_MANY = _FEW | {
    "delta": ("1", "2", "3"), "epsilon": ("1",), "zeta": ("1",), "eta": ("1", "2", "3", "4"), "theta": ("1",),
}  # fmt: skip
_SEEDS = 40


def _name(findings: Findings) -> set[str]:
    causes = findings.causes
    named = {setting.axis for cause in causes for setting in (*cause.settings, *cause.also, *cause.others)}
    return named | ({"used-directory"} if findings.used else set())


def _count(axes: dict[str, tuple[str, ...]], make: Callable[[random.Random], Result], truth: set[str]) -> list[int]:
    """Return how many of many searches name a wrong axis, miss a right one, and see that the program is unsteady."""
    counts = [0, 0, 0]
    for seed in range(_SEEDS):
        findings = search(axes, FakeWorlds(result=make(random.Random(seed))))  # noqa: S311 - a simulation
        assert findings.complete
        named = _name(findings)
        counts[0] += bool(named - truth)
        counts[1] += bool(truth - named)
        counts[2] += not findings.control.identical
    return counts


@pytest.mark.parametrize("axes", [_FEW, _MANY], ids=["few", "many"])
@pytest.mark.parametrize("rate", [0.5, 0.2, 0.1])
@pytest.mark.parametrize("values", [2, 6, 2**30])
def test_chance_is_never_a_cause(axes: dict[str, tuple[str, ...]], rate: float, values: int) -> None:
    """A coin, fair or not, with few or many sides, names no axis and no used directory."""

    def make(source: random.Random) -> Result:
        return lambda _, __: str(source.randrange(1, values)) if source.random() < rate else "0"

    wrong, _, unsteady = _count(axes, make, set())
    assert wrong == 0
    assert unsteady > (_SEEDS * 3 // 4 if rate > 0.1 else _SEEDS // 3)


@pytest.mark.parametrize("rate", [0.5, 0.2, 0.1])
def test_cause_beside_chance_is_found(rate: float) -> None:
    """An axis that changes every result of a coin is the only cause that is told."""

    def make(source: random.Random) -> Result:
        return lambda world, _: f"{int(source.random() < rate)} {world.get('beta')}"

    wrong, missed, _ = _count(_MANY, make, {"beta"})
    assert (wrong, missed) == (0, 0)


@pytest.mark.parametrize(("rate", "varied"), [(0.0, 0.5), (0.0, 0.2), (0.1, 0.9), (0.5, 0.1)])
def test_rate_that_depends_on_an_axis_blames_no_other(rate: float, varied: float) -> None:
    """Where an axis changes how often results differ, no other axis is named; it may be too rare to be shown."""

    def make(source: random.Random) -> Result:
        return lambda world, _: str(int(source.random() < (varied if "gamma" in world else rate)))

    wrong, _, _ = _count(_FEW, make, {"gamma"})
    assert wrong == 0


def test_noise_that_an_axis_starts_is_found() -> None:
    """Where every second run of one setting differs, and none without it, nearly all searches name it."""

    def make(source: random.Random) -> Result:
        return lambda world, _: str(int("gamma" in world and source.random() < 0.5))

    wrong, missed, unsteady = _count(_MANY, make, {"gamma"})
    assert wrong == unsteady == 0
    assert missed < _SEEDS // 3


def test_chance_is_that_of_the_exact_test() -> None:
    """Five of five runs against none of five: one of 252 ways; plans are the smallest numbers of runs."""
    assert compute_chance(5, 5, 0, 5) == pytest.approx(1 / 252)
    assert compute_chance(0, 5, 0, 5) == 1
    assert plan_runs(20, 20, 1e-3, 10) == 3
    assert plan_runs(1, 20, 1e-3, 10) is None
    assert plan_repeats(1.0, 1e-3, 10) == 5
    assert plan_repeats(0.1, 1e-3, 10) is None
