"""The regression check of speed, on a machine of known speed: it can fail, it does not flicker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.benchmark.cost.contest import Contest, run_contest
from appliance.benchmark.cost.steps import StepCase
from appliance.benchmark.timing import Effort
from appliance.errors import ConfigurationError
from delivery.speed.check import BOUNDS, Bound, Limits, Measurement, judge_bound, pick_measurement, read_bounds
from support.cost_machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.checkout

LIMITS = Limits(attempts=3, tries=9, most=3.0, spread=2.0)
BOUND = Bound(case=StepCase(hidden=128, batch=64, precision="f32"), ratio=0.6)


def make_measure(seconds: list[float]) -> Callable[[StepCase], Measurement]:
    """Return a measurement of a portable step that takes so long, attempt by attempt, and a native one of 1 s."""
    waiting = iter(seconds)

    def measure(case: StepCase) -> Measurement:
        machine, cost = Machine(), next(waiting)
        runners = {"portable f32": machine.runner("p", cost), "native f32": machine.runner("n", 1.0)}
        contest = Contest(case=case.name, kind="step", runners=runners)
        effort = Effort(turn=0.1, rounds=7, least=7, budget=0.0)
        return pick_measurement(run_contest(contest, effort, machine.watch()), case.precision)

    return measure


def test_slow_step_is_missed() -> None:
    """Negative control: a portable step of twice the native one's time misses 0.6, however often it is tried."""
    judgement = judge_bound(BOUND, LIMITS, make_measure([2.0, 2.1, 1.9]))
    assert judgement.found == pytest.approx((0.5, 1 / 2.1, 1 / 1.9))
    assert judgement.code == 1
    assert str(judgement).startswith("MISSED 784-128-10 batch 64 images f32")


def test_fast_step_is_met_at_once() -> None:
    """A step that meets its bound is not measured again."""
    judgement = judge_bound(BOUND, LIMITS, make_measure([1.25]))
    assert judgement.found == pytest.approx((0.8,))
    assert judgement.code == 0


def test_one_unlucky_attempt_does_not_fail() -> None:
    """The best of the attempts counts."""
    judgement = judge_bound(BOUND, LIMITS, make_measure([3.0, 1.0]))
    assert (judgement.code, len(judgement.found)) == (0, 2)


@pytest.mark.parametrize(
    "noise",
    [
        Measurement(ratio=7.22, low=7.0, high=7.4),
        Measurement(ratio=0.9, low=0.4, high=1.9),
        Measurement(ratio=float("nan"), low=float("nan"), high=float("nan")),
        Measurement(ratio=0.0, low=0.0, high=0.0),
    ],
)
def test_noise_is_measured_again(noise: Measurement) -> None:
    """A portable step seven times as fast, rounds that vary wildly, and no number: neither met nor missed by them."""
    slow = Measurement(ratio=0.4, low=0.39, high=0.41)
    waiting = iter([noise, slow, noise, slow, slow])
    judgement = judge_bound(BOUND, LIMITS, lambda _: next(waiting))
    assert judgement.code == 1
    assert judgement.found == (0.4, 0.4, 0.4)
    assert len(judgement.aside) == 2
    assert "found 0.40, 0.40, 0.40; set aside " in str(judgement)
    judgement = judge_bound(BOUND, LIMITS, lambda _: noise)
    assert (judgement.code, len(judgement.aside)) == (3, 9)
    assert str(judgement).startswith("UNSURE")


def test_noise_and_one_good_measurement_meet_the_bound() -> None:
    """What was set aside does not count against the step."""
    good = Measurement(ratio=0.8, low=0.78, high=0.82)
    waiting = iter([Measurement(ratio=7.22, low=7.0, high=7.4), good])
    judgement = judge_bound(BOUND, LIMITS, lambda _: next(waiting))
    assert (judgement.code, judgement.found) == (0, (0.8,))


def test_checked_in_bounds_can_fail() -> None:
    """The file that ships bounds both widths in both formats, each by a ratio that a slow step misses."""
    limits, bounds = read_bounds(BOUNDS.read_text(encoding="utf-8"))
    assert 1 <= limits.attempts <= 3
    assert 1.5 < limits.most <= 3
    assert limits.tries > limits.attempts
    cases = {(bound.case.hidden, bound.case.batch, bound.case.precision) for bound in bounds}
    assert {(hidden, 64, precision) for hidden in (128, 512) for precision in ("f32", "f64")} <= cases
    assert all(0.5 < bound.ratio <= 1.0 for bound in bounds)


@pytest.mark.parametrize("text", ["", "attempts = 3", "attempts = 0\n[[bound]]\nratio = 1.0"])
def test_empty_bounds_are_refused(text: str) -> None:
    """No bound and no attempt would be met by anything."""
    with pytest.raises(ConfigurationError, match="the file has no bounds"):
        read_bounds(text)
