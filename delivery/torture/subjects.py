"""The trainings that are killed, with what each must end in."""

from __future__ import annotations

import json
import time
from functools import partial
from shutil import rmtree
from typing import TYPE_CHECKING

import attrs

from delivery.torture.injection import Fault, read_log
from delivery.torture.judging import RUN, read_results
from delivery.torture.programs import run_forked, run_program
from verify.files.goldens import locate_golden, read_golden

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from delivery.torture.programs import Outcome

EVERY_STEP = ("--checkpoint-every", "1")


@attrs.frozen(kw_only=True)
class Subject:
    """One training.

    Args:
        name: for the table.
        words: the configuration and options of `train`.
        golden: the golden that it must equal; "" for one with other settings, which must equal an undisturbed training.
        share: its part of all trials.
        every: steps from one checkpoint to the next.
    """

    name: str
    words: tuple[str, ...]
    golden: str = ""
    share: int = 1
    every: int = 1

    @property
    def arguments(self) -> tuple[str, ...]:
        """The command line."""
        return ("train", *self.words, EVERY_STEP[0], str(self.every), "--out", RUN)


SUBJECTS = (
    Subject(name="smoke, 12 epochs", words=("smoke", "--set", "training.epochs=12"), share=60),
    Subject(name="smoke with a trace of every step", words=("smoke", "--trace", "step"), golden="smoke", share=60),
    Subject(name="adam", words=("adam",), golden="adam", share=40),
    Subject(name="lenet-small (Adam)", words=("lenet-small",), golden="lenet-small", share=30),
    Subject(name="baseline, every 16th step", words=("baseline",), golden="baseline", share=10, every=16),
)


@attrs.frozen(kw_only=True)
class Expected:
    """An undisturbed training.

    Args:
        files: its results.
        seconds: how long it takes with checkpoints and with the start of the program.
        forked: how long it takes in a fork.
        calls: how many calls of the system write its files and checkpoints.
    """

    files: dict[str, bytes]
    seconds: float
    forked: float
    calls: int


def train_undisturbed(subject: Subject, folder: Path) -> Expected:
    """Train without checkpoints in a new directory.

    Raises:
        RuntimeError: the training fails, or does not equal its golden.
    """
    folder.mkdir()
    outcome = run_program(folder, "train", *subject.words, "--out", RUN)
    if outcome.code:
        raise RuntimeError(f"{subject.name}: exit code {outcome.code}: {outcome.err}")
    files = read_results(folder / RUN)
    if subject.golden:
        found = json.loads(files["record.json"])["digests"]["run"]
        expected = read_golden(locate_golden(subject.golden)).digests.run
        if found != expected:
            raise RuntimeError(f"{subject.name}: {found} is not the golden {expected}")
    log = folder.with_name(f"{folder.name}.calls")
    forked = _measure(subject, folder, partial(_fork, Fault(0, 0, log).install))
    seconds = _measure(subject, folder, run_program)
    return Expected(files=files, seconds=seconds, forked=forked, calls=len(read_log(log)))


def _fork(prepare: Callable[[], object], folder: Path, *arguments: str) -> Outcome:
    return run_forked(folder, arguments, prepare)


def _measure(subject: Subject, folder: Path, run: Callable[..., Outcome]) -> float:
    """Return how long the training takes with its checkpoints."""
    timed = folder.with_name(f"{folder.name}.timed")
    timed.mkdir()
    begun = time.monotonic()
    outcome = run(timed, *subject.arguments)
    if outcome.code:
        raise RuntimeError(f"{subject.name}: exit code {outcome.code}: {outcome.err}")
    rmtree(timed)
    return time.monotonic() - begun
