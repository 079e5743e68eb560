"""Plans: the same calls in the same order as made at once, on what the arrays hold when they run."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.numerics.formats import F32
from appliance.numerics.functions import exp_softly
from appliance.numerics.grids import find_row_units, round_rows
from appliance.numerics.plans import Plan


def test_listed_calls_give_the_bits_of_calls_made_at_once() -> None:
    """A planned exp follows its input from run to run."""
    x, out, plan = np.zeros(50, np.float32), np.empty(50, np.float32), Plan()
    exp_softly(x, out, plan)
    for scale in (1.0, 3.0):
        x[:] = np.linspace(-scale, 0, 50, dtype=np.float32)
        plan.run()
        assert out.tobytes() == exp_softly(x).tobytes()


def test_rows_are_rounded_by_a_plan_as_at_once() -> None:
    """Units and whole numbers of rows agree between the two ways."""
    x = np.abs(np.linspace(-3, 5, 40, dtype=np.float32).reshape(4, 10))
    results = []
    for plan in (Plan(), None):
        units, whole = np.empty((4, 1), np.float32), np.empty_like(x)
        arguments = (plan,) if plan else ()
        find_row_units(x, 8, F32, units, *arguments)
        round_rows(x, units, whole, F32, *arguments)
        if plan:
            plan.run()
        results.append((units.tobytes(), whole.tobytes()))
    assert results[0] == results[1]


def test_nothing_happens_before_the_run() -> None:
    """Listing a call does not make it, and calls are made in the order of the list."""
    plan, seen = Plan(), list[int]()
    plan(seen.append, 1)
    plan(seen.append, 2)
    assert seen == []
    plan.run()
    plan.run()
    assert seen == [1, 2, 1, 2]


def test_an_error_ends_the_run() -> None:
    """Calls after one that fails are not made."""
    plan, seen = Plan(), list[int]()
    plan(divmod, 1, 0)
    plan(seen.append, 1)
    with pytest.raises(ZeroDivisionError):
        plan.run()
    assert seen == []
