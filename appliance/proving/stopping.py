"""A child of `prove`: trains as `train` does, with a checkpoint after every step and end of epoch, and copies each.

Run as `python -m appliance.proving.stopping REQUEST FOLDER`. A copy holds what a kill at that moment would leave.
"""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appliance.checkpoints.folder import name_folder
from appliance.checkpoints.intervals import Interval
from appliance.checkpoints.lock import LOCK
from appliance.checkpoints.opening import Plan
from appliance.proving.planting import plant
from appliance.runs.train import Request, train_and_write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from appliance.config import Config


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


@contextmanager
def _show_nothing(_: Config) -> Iterator[None]:
    yield None


def main(arguments: Iterable[str]) -> None:
    """Read the request and carry it out."""
    request, folder = map(Path, arguments)
    body: dict[str, Any] = json.loads(request.read_text(encoding="utf-8"))
    plant(body.pop("plant", ""))
    run, stops = folder / "run", folder / "stops"
    stops.mkdir()
    data_dir = body.pop("data_dir", None)
    asked = Request(
        config=body["config"],
        overrides=tuple(body["overrides"]),
        threads=body["threads"],
        data_dir=None if data_dir is None else Path(data_dir),
        out=run,
        checkpoints=Plan(interval=Copying(name_folder(run), stops)),
    )
    train_and_write(asked, _show_nothing)


if __name__ == "__main__":
    main(sys.argv[1:])
