"""Reads the steps of the whole check and groups them."""

from __future__ import annotations

import tomllib
from typing import NamedTuple

_TEXTS = {"title", "run", "uses", "needs_variable"}


class Step(NamedTuple):
    """One step.

    Args:
        title: what the table calls it.
        run: commands of bash, which end at the first failure.
        beside: whether it may run beside another step; it then keeps one processor busy, and its output is shown when
            it has ended.
        uses: something that only one step at a time may use; empty for nothing.
        needs_variable: an environment variable without which it is left out; empty for none.
    """

    title: str
    run: str
    beside: bool = False
    uses: str = ""
    needs_variable: str = ""


def read_steps(text: str) -> list[Step]:
    """Return the steps that a TOML text lists as [[steps]].

    Raises:
        ValueError: it is not TOML, or a step has a wrong key, no title, no commands, or the title of another one.
    """
    steps = [_read_step(entry) for entry in tomllib.loads(text).get("steps", [])]
    titles = [step.title for step in steps]
    if not steps or len(set(titles)) < len(titles):
        raise ValueError(f"steps with titles of their own are expected, found {titles}")
    return steps


def _read_step(entry: dict[str, object]) -> Step:
    for key, value in entry.items():
        wanted = str if key in _TEXTS else bool if key == "beside" else None
        if wanted is None or not isinstance(value, wanted) or value == "":
            raise ValueError(f"not a part of a step: {key} = {value!r}")
    if not {"title", "run"} <= entry.keys():
        raise ValueError(f"a step has a title and commands to run, found {entry}")
    return Step(**entry)  # type: ignore[arg-type]  # looked at above


def group_steps(steps: list[Step]) -> list[list[Step]]:
    """Return groups that run one after another; steps in a row that may run beside others are one group."""
    groups: list[list[Step]] = []
    for step in steps:
        if step.beside and groups and groups[-1][-1].beside:
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups
