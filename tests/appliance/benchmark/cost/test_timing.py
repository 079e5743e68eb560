"""Turns on a clock of their own: the order, the numbering, the length of a turn, the pairing."""

from __future__ import annotations

import gc
from itertools import pairwise

import pytest

from appliance.benchmark.timing import Effort, Watch, compare_rounds, measure
from support.cost_machine import Machine
from verify.errors import CouldNotJudgeError, UsageError

EFFORT = Effort(turn=0.1, rounds=9, least=3, budget=100.0)


def test_subjects_take_turns_in_a_turning_order() -> None:
    """Each round begins with another subject and has each once."""
    machine = Machine()
    measure({name: machine.runner(name, 1.0) for name in "abc"}, EFFORT, machine.watch())
    timed = "".join(name for name, _, _ in machine.turns[6:])  # after two calls of each to warm up
    assert timed == "abcbcacab" * 3


def test_seconds_are_per_call() -> None:
    """What a call takes is what is reported, however many calls make a turn."""
    machine = Machine()
    found = measure({"a": machine.runner("a", 0.25), "b": machine.runner("b", 0.001)}, EFFORT, machine.watch())
    assert found["a"] == pytest.approx([0.25] * 9)
    assert found["b"] == pytest.approx([0.001] * 9)


def test_short_calls_fill_a_turn_after_one_that_is_not_timed() -> None:
    """A call of a millisecond is made a hundred times in a turn of a tenth of a second; a long one once."""
    machine = Machine()
    measure({"a": machine.runner("a", 0.001), "b": machine.runner("b", 0.3)}, EFFORT, machine.watch())
    assert [count for name, _, count in machine.turns if name == "a"][-4:] == [1, 100, 1, 100]
    assert {count for name, _, count in machine.turns if name == "b"} == {1}


def test_no_call_number_comes_twice() -> None:
    """The numbers that choose the data run on, so that no subject works on the same batch again and again."""
    machine = Machine()
    measure({name: machine.runner(name, 0.01) for name in "ab"}, EFFORT, machine.watch())
    for name in "ab":
        turns = [(first, count) for other, first, count in machine.turns if other == name]
        assert turns[0][0] == 0
        assert all(first + count == following for (first, count), (following, _) in pairwise(turns))


def test_budget_ends_the_rounds_but_not_before_the_least() -> None:
    """A slow case stops early; a very slow one still gets the least number of rounds."""
    for budget, rounds in ((0.0, 3), (9.5, 5), (1000.0, 9)):
        machine = Machine()
        effort = Effort(turn=0.1, rounds=9, least=3, budget=budget)
        found = measure({name: machine.runner(name, 1.0) for name in "ab"}, effort, machine.watch())
        assert [len(values) for values in found.values()] == [rounds, rounds]


def test_rest_comes_before_every_turn_and_is_not_timed() -> None:
    """With a rest, even long calls get one that is not timed after it."""
    machine = Machine()
    effort = Effort(turn=0.1, rounds=6, least=3, budget=100.0, rest=0.5)
    found = measure({"a": machine.runner("a", 1.0)}, effort, machine.watch())
    assert machine.rests == [0.5] * 6
    assert found["a"] == pytest.approx([1.0] * 6)
    assert len(machine.turns) == 2 + 2 * 6


def test_garbage_collection_is_on_again_even_after_a_failure() -> None:
    """Collection is off while turns are timed, and back on however they end."""
    states = []

    def fail(first: int, count: int) -> None:
        states.append((gc.isenabled(), first, count))
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - the runner's own
        measure({"a": fail}, EFFORT)
    assert states == [(False, 0, 1)]
    assert gc.isenabled()


def test_nothing_to_time_is_an_error() -> None:
    """No runner is no measurement."""
    with pytest.raises(UsageError, match="nothing to time"):
        measure({}, EFFORT)


def test_slow_spell_leaves_the_ratio_alone() -> None:
    """A machine that is three times slower for some of the rounds moves the times, not the paired ratio."""
    machine = Machine(slowness=lambda now: 3.0 if now > 12.0 else 1.0)
    runners = {"fast": machine.runner("fast", 1.0), "slow": machine.runner("slow", 2.0)}
    found = measure(runners, EFFORT, machine.watch())
    assert max(found["fast"]) == 3 * min(found["fast"])
    ratio = compare_rounds(found["fast"], found["slow"])
    assert ratio.median == pytest.approx(2.0)
    assert (ratio.n, ratio.low is None) == (9, False)


def test_ratio_above_one_means_that_the_subject_is_faster() -> None:
    """The baseline's time is over the subject's, round by round."""
    assert compare_rounds([1.0, 1.0, 2.0], [3.0, 2.0, 2.0]).median == 2.0


@pytest.mark.parametrize(("one", "two"), [([1.0], [1.0, 2.0]), ([0.0], [1.0]), ([], [])])
def test_times_that_cannot_be_paired_are_refused(one: list[float], two: list[float]) -> None:
    """Another number of rounds, a time of zero and no round at all are errors."""
    with pytest.raises(UsageError):
        compare_rounds(one, two)


@pytest.mark.parametrize("step", [0.0, -1.0])
def test_clock_that_does_not_advance_ends_the_measurement(step: float) -> None:
    """A clock that stands still or runs backwards is an error after a few calls, not an endless warm-up."""
    now = 0.0

    def read() -> float:
        nonlocal now
        now += step
        return now

    watch = Watch(read=read, wait=lambda _: None)
    effort = Effort(turn=0.01, rounds=3, least=3, budget=1.0)
    with pytest.raises(CouldNotJudgeError, match="the clock does not advance"):
        measure({"a": lambda _first, _count: None}, effort, watch)
