"""The file of steps: read, refused, grouped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from delivery.ci.plan import Step, group_steps, read_steps

if TYPE_CHECKING:
    from pathlib import Path


def test_steps_are_read() -> None:
    """A step with everything, and one with what it must have."""
    text = """
        [[steps]]
        title = "one"
        run = "make one"
        beside = true
        uses = "the engine"
        needs_variable = "DATA"
        [[steps]]
        title = "two"
        run = "make two"
    """
    whole = Step(title="one", run="make one", beside=True, uses="the engine", needs_variable="DATA")
    assert read_steps(text) == [whole, Step(title="two", run="make two")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "steps = 3 +",
        '[[steps]]\ntitle = "one"',
        '[[steps]]\nrun = "make one"',
        '[[steps]]\ntitle = ""\nrun = "make one"',
        '[[steps]]\ntitle = "one"\nrun = "make one"\nbesides = true',
        '[[steps]]\ntitle = "one"\nrun = "make one"\nbeside = "true"',
        '[[steps]]\ntitle = "one"\nrun = "make one"\n[[steps]]\ntitle = "one"\nrun = "make two"',
    ],
)
def test_what_is_no_list_of_steps_is_refused(text: str) -> None:
    """A list without steps, a step without its parts, a wrong word, two steps of one title."""
    with pytest.raises(ValueError, match=r"."):
        read_steps(text)


def test_steps_in_a_row_are_one_group() -> None:
    """Steps that may run beside others, with nothing between them; any other step is alone."""
    steps = [Step(title=letter, run="true", beside=letter.islower()) for letter in "ABcdEf"]
    assert ["".join(step.title for step in group) for group in group_steps(steps)] == ["A", "B", "cd", "E", "f"]


@pytest.mark.checkout
def test_steps_of_the_whole_check_call_targets_that_exist(checkout: Path) -> None:
    """The file itself: every target of make, the steps that keep an engine or both processors busy run as they must."""
    steps = read_steps((checkout / ".ci/steps.toml").read_text(encoding="utf-8"))
    made = (checkout / "Makefile").read_text(encoding="utf-8")
    targets = {name for step in steps for name in re.findall(r"\bmake ([a-z-]+)", step.run)}
    assert {"test", "lint", "types", "bench-check", "wheel", "variants", "nix-check", "image", "workers"} <= targets
    assert {name for name in targets if not re.search(rf"^{name}:", made, re.MULTILINE)} == set()
    assert all(step.uses for step in steps if "with_engine" in step.run)
    assert not any(step.beside for step in steps if re.search(r"\bmake (workers|bench-check)", step.run))
