"""Plans: the same calls in the same order as made at once, on the contents of the arrays when they run."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.numerics.formats import F32
from appliance.numerics.functions import exp_nonpositive
from appliance.numerics.grids import find_row_units, round_rows
from appliance.numerics.operations import NATIVE, PORTABLE
from appliance.numerics.plans import Plan
from verify.errors import UsageError


def test_listed_calls_give_the_bits_of_calls_made_at_once() -> None:
    """A planned exp follows its input from run to run."""
    x, out, plan = np.zeros(50, np.float32), np.empty(50, np.float32), Plan()
    exp_nonpositive(x, out, plan)
    for scale in (1.0, 3.0):
        x[:] = np.linspace(-scale, 0, 50, dtype=np.float32)
        plan.run()
        assert out.tobytes() == exp_nonpositive(x).tobytes()


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
    plan.host(seen.append, 1)
    plan.host(seen.append, 2)
    assert seen == []
    plan.run()
    plan.run()
    assert seen == [1, 2, 1, 2]


def test_an_error_ends_the_run() -> None:
    """Calls after one that fails are not made."""
    plan, seen = Plan(), list[int]()
    plan.host(divmod, 1, 0)
    plan.host(seen.append, 1)
    with pytest.raises(ZeroDivisionError):
        plan.run()
    assert seen == []


def test_stages_are_observed_when_their_outputs_are_there() -> None:
    """An observer sees each stage once, in order, with what it computed; a run without one computes the same."""
    x, y, plan = np.zeros(3), np.zeros(3), Plan()
    plan.begin("first")
    plan("add", x, 1.0, x)
    plan.output("x", x)
    plan.begin("second")
    plan("add", x, 1.0, x)
    plan("multiply", x, 2.0, y)
    plan.output("y", y)
    seen = []
    plan.run(lambda stage: seen.append((stage.name, {name: array.tolist() for name, array in stage.outputs.items()})))
    assert seen == [("first", {"x": [1.0] * 3}), ("second", {"y": [4.0] * 3})]
    x.fill(0.0)
    plan.run()
    assert y.tolist() == [4.0] * 3


def test_plans_list_only_operations_of_their_table() -> None:
    """Portable plans refuse what differs between machines, and every operation can be replaced by another."""
    x, plan = np.ones(2), Plan()
    with pytest.raises(UsageError, match="operation"):
        plan("exp", x, x)
    Plan(NATIVE)("exp", x, x)
    broken = Plan({**PORTABLE, "add": np.subtract})
    broken("add", x, 1.0, x)
    broken.run()
    assert x.tolist() == [0.0, 0.0]


def test_listed_products_can_be_found() -> None:
    """The calls of one operation come in order, with the arrays they work on."""
    a, b, plan = np.ones((2, 3)), np.ones((3, 2)), Plan()
    plan("matmul", a, b, np.empty((2, 2)))
    plan("abs", a, a)
    (call,) = plan.find_calls("matmul")
    assert call.arguments[0] is a
