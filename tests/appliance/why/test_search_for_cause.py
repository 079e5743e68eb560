"""The search for axes that decide whose result is seen, with results that follow a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from appliance.why.naming import list_excluded
from appliance.why.search import Search, search

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from appliance.vary.axis import Launch
    from appliance.why.experiments import Answer

AXES = ["threads", "kernel", "timezone"]


class Rule:
    """Gives the result of the second side if a rule holds for the axes that are in its state."""

    title = "the rule"

    def __init__(self, rule: Callable[[set[str]], bool]) -> None:
        self._rule = rule

    def observe(self, side: int, flipped: Iterable[str], change: Callable[[Launch], Launch] | None = None) -> Answer:
        """Return whose result it is."""
        del change
        second = set(flipped) if side == 0 else set(AXES) - set(flipped)
        return "b" if self._rule(second) else "a"


@pytest.mark.parametrize(
    ("rule", "cause", "also"),
    [
        (lambda second: "kernel" in second, ("kernel",), ()),
        (lambda second: {"kernel", "threads"} <= second, ("threads", "kernel"), ()),
        (lambda second: bool({"kernel", "threads"} & second), ("threads",), ("kernel",)),
        (lambda second: len(second) == len(AXES), ("threads", "kernel", "timezone"), ()),
    ],
)
def test_rule_is_found(rule: Callable[[set[str]], bool], cause: tuple[str, ...], also: tuple[str, ...]) -> None:
    """One axis, either of two, and two that act only together are told apart."""
    found = search(Rule(rule), AXES)
    assert (found.cause, found.also) == (cause, also)


def test_side_that_does_not_repeat_ends_the_search() -> None:
    """Where a side does not give its own result, nothing is named."""
    found = search(Rule(lambda _: True), AXES)
    assert (found.repeats, found.cause) == (False, ())


def test_exclusion_speaks_of_the_event_only() -> None:
    """Later results can still depend on an axis that does not act at the first difference."""
    done = Search(title="the whole program", control=(), harmless=("kernel",))
    assert [row.how for row in list_excluded((done,), (), ())] == [
        "the whole program gives the same output there with the other side's kernel"
    ]
