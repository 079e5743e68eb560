"""A child of `prove`: trains as `train` does, with a checkpoint after every step and end of epoch, and copies each.

Run as `python -m appliance.proving.stopping REQUEST FOLDER`. A copy holds what a kill at that moment would leave.
"""

from __future__ import annotations

import shutil
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from appliance.checkpoints.folder import name_folder
from appliance.checkpoints.intervals import Interval
from appliance.checkpoints.lock import LOCK
from appliance.checkpoints.opening import Plan
from appliance.proving.asking import read_request
from appliance.proving.planting import plant
from appliance.proving.request import Subject
from appliance.runs.train import Request, train_and_write

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Copying(Interval):
    """Is always due, and copies the checkpoints after each one.

    Args:
        source: the folder of the checkpoints.
        target: where the copies are made.
    """

    def __init__(self, source: Path, target: Path) -> None:
        super().__init__(steps=1)
        self._source, self._target = source, target

    def is_due(self, steps: int) -> bool:  # noqa: ARG002 - as in the base class
        """Return True."""
        return True

    def begin(self) -> None:
        """Copy what is there after a checkpoint, or before the first one nothing."""
        super().begin()
        if any(path.suffix == ".safetensors" for path in self._source.iterdir()):
            count = len(list(self._target.iterdir()))
            shutil.copytree(self._source, self._target / f"{count:06d}", ignore=shutil.ignore_patterns(LOCK, ".*"))


def main(arguments: Iterable[str]) -> None:
    """Read the request and carry it out."""
    subject, folder = read_request(arguments, Subject)
    plant(subject.plant)
    run, stops = folder / "run", folder / "stops"
    stops.mkdir()
    asked = Request(
        config=subject.config,
        overrides=subject.overrides,
        threads=subject.threads,
        data_dir=subject.data_dir,
        out=run,
        checkpoints=Plan(interval=Copying(name_folder(run), stops)),
    )
    train_and_write(asked, lambda _: nullcontext())


if __name__ == "__main__":
    main(sys.argv[1:])
