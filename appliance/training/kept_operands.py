"""Copies the operands of the events of a step that are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.training.step_events import BEFORE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from appliance.training.held_steps import StepRows
    from appliance.training.step_events import StepEvent

    Array = NDArray[Any]


def copy_before(arrays: Mapping[str, Array]) -> dict[str, Array]:
    """Return copies of arrays as they are before a step, by key."""
    return {BEFORE + name: np.array(array) for name, array in arrays.items()}


def copy_step(rows: StepRows, terms: tuple[Array, ...], scale: Array) -> dict[str, Array]:
    """Return copies of what a step made, before it is read."""
    rows.copy_last(terms)
    copies = {"scale": np.array(scale)}
    for name, slot in rows.staged.slots.items():
        copies[name] = np.array(slot.view, order="C" if slot.array.flags.c_contiguous else "F")
    return copies


def pick_operands(event: StepEvent, copies: Mapping[str, Array]) -> list[tuple[str, Array]]:
    """Return inputs and outputs of an event, as `in.NAME` and `out.NAME`."""
    operands = [(f"in.{key.removeprefix(BEFORE)}", copies[key]) for key in event.inputs]
    return operands + [(f"out.{key}", copies[key]) for key in event.outputs]
