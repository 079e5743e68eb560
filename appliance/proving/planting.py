"""Faults of checkpoints, planted in a process before it trains."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.optimizers.adam import Adam
from appliance.training import loop
from appliance.training.trainer import Trainer
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from appliance.training.state import TrainingState


def leave_array_out() -> None:
    """Let the checkpoint hold one array of the optimizer less."""
    complete = Trainer.list_arrays

    def list_arrays(self: Trainer) -> dict[str, NDArray[Any]]:
        arrays = complete(self)
        plain = {*self.network.arrays()}
        lost = next(name for name in arrays if name not in plain)
        return {name: array for name, array in arrays.items() if name != lost}

    Trainer.list_arrays = list_arrays  # type: ignore[method-assign]


def reset_steps() -> None:
    """Let the optimizer count its steps from the start again."""
    Adam.restore = lambda self, arrays: None  # type: ignore[method-assign] # noqa: ARG005 - it takes nothing over


def lose_generators() -> None:
    """Let the global generators be where the start of the program has left them."""
    setattr(loop, "restore_generators", _do_nothing)  # noqa: B010 - the name is not for others


def _do_nothing(_: object) -> None:
    """Restore nothing."""


def draw_again() -> None:
    """Draw a number after the state was restored, as a constructor does that comes too late."""
    complete = loop.Training.restore

    def restore(self: loop.Training, state: TrainingState) -> None:
        complete(self, state)
        np.random.random()  # noqa: NPY002, TID251 - the fault is about the global generator

    loop.Training.restore = restore  # type: ignore[method-assign]


PLANTS: Mapping[str, Callable[[], None]] = MappingProxyType(
    {
        "array-left-out": leave_array_out,
        "steps-reset": reset_steps,
        "generator-lost": lose_generators,
        "extra-draw": draw_again,
    }
)
"""The faults that are made in the program; others are in the code of an experiment."""


def plant(name: str) -> None:
    """Make a fault in this process; nothing for an empty name.

    Raises:
        UsageError: there is no such fault.
    """
    if name and name not in PLANTS:
        raise UsageError("no such fault can be planted", expected=", ".join(PLANTS), found=name)
    if name:
        PLANTS[name]()


def plan_start(name: str) -> tuple[str, ...]:
    """Return the words with which an interpreter starts the command line with a fault in it."""
    if not name:
        return ("-m", "appliance")
    lines = ("from appliance.proving.planting import plant", f"plant({name!r})", "from appliance.__main__ import main")
    return ("-c", "; ".join((*lines, "main()")))
