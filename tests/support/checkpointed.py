"""Short trainings with checkpoints: interrupted at a step, and taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from appliance.checkpoints.finding import identify
from appliance.checkpoints.folder import Folder
from appliance.checkpoints.intervals import Interval
from appliance.checkpoints.opening import Plan, open_checkpoints
from appliance.config import load_config
from appliance.config.optimizers import OPTIMIZERS
from appliance.training.execute import run_training

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.checkpoints.finding import Identity
    from appliance.config.schema import Config, Precision
    from appliance.training.record import Record

STEPS = 10
"""Of the short training."""


class KilledError(Exception):
    """The end of a process, at a step, for which nothing is prepared."""


def make_short(optimizer: str = "sgd", precision: Precision = "f32", **settings: Any) -> Config:  # noqa: ANN401 - of any type
    """Return a training of 2 epochs of 5 steps, the last step of each with fewer samples."""
    config = load_config("smoke")
    return attrs.evolve(
        config,
        data=attrs.evolve(config.data, train_samples=72, test_samples=20),
        precision=precision,
        training=attrs.evolve(config.training, batch_size=16),
        optimizer=OPTIMIZERS[optimizer](learning_rate=0.05, **settings),
    )


class Notes(list[str]):
    """Notes and warnings that were told."""

    def plan(self, *, every: int = 1, resume: bool = True) -> Plan:
        """Return a plan that tells this list."""
        return Plan(interval=Interval(steps=every), resume=resume, tell=self.append, warn=self.append)


def train(
    config: Config,
    folder: Path,
    plan: Plan | None = None,
    *,
    steps: int | None = None,
    identity: Identity | None = None,
    **more: Any,  # noqa: ANN401 - passed on
) -> Record:
    """Train with checkpoints; after so many steps of this process everything is dropped as by a kill.

    Raises:
        KilledError: that was the last step.
    """
    left = [steps]

    def count(_epoch: int, _done: int, _total: int) -> None:
        if left[0] is not None:
            if not left[0]:
                raise KilledError
            left[0] -= 1

    with open_checkpoints(folder, identity or identify(config, "portable"), plan or Notes().plan()) as session:
        record = run_training(config, progress=count, checkpoints=session, **more)
        session.finish()
        return record


def list_files(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, the newest first."""
    found = Folder(folder)
    return [found.find_file(number) for number in found.list_numbers()]
