"""The process of a long run: `python -m delivery.torture.soaked KIND SECONDS MOST` prints samples as JSON."""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.cli.app import run
from appliance.training.loop import Training
from appliance.training.trainer import Trainer
from delivery.torture.judging import CHECKPOINTS, RUN
from delivery.torture.subjects import EVERY_STEP

if TYPE_CHECKING:
    from collections.abc import Callable

_SAMPLES = 200
_ENDLESS = "training.epochs=1000000"


def sample(done: int, folder: Path) -> list[int]:
    """Return what was done, memory, descriptors, threads, files of checkpoints and their bytes."""
    memory = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    descriptors = sum(1 for _ in os.scandir("/proc/self/fd"))
    threads = sum(1 for _ in os.scandir("/proc/self/task"))
    sizes = []
    for path in sorted((folder / CHECKPOINTS).glob("*")):
        try:
            sizes.append(path.stat().st_size)
        except OSError:
            continue  # it was replaced meanwhile
    return [done, memory, descriptors, threads, len(sizes), sum(sizes)]


class _Enough(BaseException):
    """The time is over."""


@attrs.define
class Sampler:
    """Takes samples, as often as needed for some hundreds in all, and ends the run when the time is over.

    Args:
        seconds: the time.
        most: how many epochs, trainings or steps there are at most.
        folder: where the run is.
    """

    seconds: float
    most: int
    folder: Path
    samples: list[list[int]] = attrs.field(factory=list)
    done: int = 0
    _begun: float = attrs.field(factory=time.monotonic)

    def add(self) -> None:
        """Count one more; take a sample if one is due."""
        self.done += 1
        spent = time.monotonic() - self._begun
        is_last = spent > self.seconds or self.done >= self.most
        if is_last or spent >= len(self.samples) * self.seconds / _SAMPLES:
            self.samples.append(sample(self.done, self.folder))
        if is_last:
            raise _Enough

    def follow(self, kind: type[Any], name: str) -> None:
        """Count the calls of a method of this process."""
        real = getattr(kind, name)

        def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - as the method
            answer = real(*given, **named)
            self.add()
            return answer

        setattr(kind, name, call)


def _repeat(sampler: Sampler) -> None:
    while run(["train", "smoke", "--out", RUN]) == 0:
        sampler.add()


def _train_epochs(sampler: Sampler) -> None:
    sampler.follow(Training, "_finish_epoch")
    run(["train", "smoke", "--set", _ENDLESS, "--out", RUN])


def _train_with_checkpoints(sampler: Sampler) -> None:
    sampler.follow(Trainer, "step")
    run(["train", "adam", "--set", _ENDLESS, *EVERY_STEP, "--out", RUN])


RUNS: dict[str, Callable[[Sampler], None]] = {
    "epochs": _train_epochs,
    "trainings": _repeat,
    "checkpoints": _train_with_checkpoints,
}


def main() -> int:
    """Run what the command line asks for; the exit code is 0 if nothing else than the time ended it."""
    kind, seconds, most = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
    sampler, out = Sampler(seconds, most, Path.cwd()), sys.stdout
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            RUNS[kind](sampler)
    except _Enough:
        json.dump(sampler.samples, out)
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
