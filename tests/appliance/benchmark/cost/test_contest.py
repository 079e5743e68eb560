"""Rows of a contest: the keys others rely on, the direction of a ratio."""

from __future__ import annotations

import pytest

from appliance.benchmark.cost.contest import Contest, run_contest
from appliance.benchmark.timing import Effort
from support.cost_machine import Machine

EFFORT = Effort(turn=0.1, rounds=7, least=3, budget=100.0)


def test_first_subject_meets_every_other() -> None:
    """A contest of three gives two rows, with the keys of the interface and its own details."""
    machine = Machine()
    runners = {name: machine.runner(name, cost) for name, cost in (("portable", 0.5), ("native", 0.25), ("peer", 1.0))}
    contest = Contest(case="a step", kind="step", runners=runners, examples=64, details={"hidden": 8})
    native, peer = run_contest(contest, EFFORT, machine.watch())
    assert (native["case"], native["kind"], native["subject"], native["baseline"]) == (
        "a step", "step", "portable", "native",
    )  # fmt: skip
    assert (native["ratio"], native["ratio_low"], native["ratio_high"]) == pytest.approx((0.5, 0.5, 0.5))
    assert (peer["baseline"], peer["ratio"]) == ("peer", pytest.approx(2.0))
    assert (native["examples_per_second"], native["baseline_examples_per_second"]) == pytest.approx((128.0, 256.0))
    assert (native["rounds"], native["hidden"], native["seconds"]) == (7, 8, 0.5)


def test_operation_has_no_examples() -> None:
    """Where a call has no examples, no speed in examples is made up."""
    machine = Machine()
    contest = Contest(case="op", kind="op", runners={name: machine.runner(name, 1.0) for name in "ab"})
    (row,) = run_contest(contest, EFFORT, machine.watch())
    assert "examples_per_second" not in row


def test_too_few_rounds_give_no_interval() -> None:
    """Three rounds cannot bound a median at 95 %, and the row says so."""
    machine = Machine()
    contest = Contest(case="op", kind="op", runners={name: machine.runner(name, 1.0) for name in "ab"})
    (row,) = run_contest(contest, Effort(turn=0.1, rounds=3, least=3, budget=1.0), machine.watch())
    assert (row["ratio"], row["ratio_low"], row["ratio_high"], row["confidence"]) == (1.0, None, None, None)
