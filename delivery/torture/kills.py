"""Ends trainings at random moments, takes them up again, and compares the end with an undisturbed training."""

from __future__ import annotations

import signal
import time
from functools import partial
from random import Random
from shutil import rmtree
from typing import TYPE_CHECKING, Any

import attrs

from delivery.torture.injection import Fault
from delivery.torture.judging import CHECKPOINTS, complain_of_half_a_run, complain_of_run
from delivery.torture.programs import ROOT, Fork, Program
from delivery.torture.sharing import share_trials
from delivery.torture.subjects import SUBJECTS, train_undisturbed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from delivery.torture.subjects import Expected, Subject

CODES = {"SIGKILL": -signal.SIGKILL, "SIGTERM": 143, "SIGINT": 130}
PROGRAM = ("appliance",)
FRESH = 8
"""Every so many-th killed training is started as a user does; the others are forks, so that more moments are in it."""
_MOST_KILLS = 3  # of one training
_ATTEMPTS = 30  # to hit a training before it ends
_POLL = 0.02


@attrs.define(kw_only=True)
class Trial:
    """One training that is ended at least once.

    Args:
        kills: how often it was ended.
        unfinished: how often a checkpoint was being written, so that an unfinished file was left.
        begun_anew: how often no checkpoint was there yet.
        fallen_back: how often the newest checkpoint was damaged, and the one before was taken.
        complaint: what is wrong; empty if the end equals the undisturbed training.
    """

    kills: int = 0
    unfinished: int = 0
    begun_anew: int = 0
    fallen_back: int = 0
    complaint: str = ""


@attrs.frozen(kw_only=True)
class KillRow:
    """What the trials of one subject with one signal came to."""

    subject: str
    signal: str
    trials: int
    equal: int
    kills: int
    unfinished: int
    begun_anew: int
    fallen_back: int
    complaints: tuple[str, ...]


def _end(program: Program | Fork, delay: float, number: int) -> None:
    """Send a signal after a time, if the process is still there."""
    end = time.monotonic() + delay
    while not program.has_ended() and time.monotonic() < end:
        time.sleep(min(_POLL, max(0.0, end - time.monotonic())))
    program.send(number)


def list_unfinished(folder: Path) -> list[str]:
    """Return the names of unfinished files among the checkpoints; they are hidden."""
    try:
        return sorted(path.name for path in (folder / CHECKPOINTS).iterdir() if path.name.endswith(".draft"))
    except OSError:
        return []


def run_trial(
    subject: Subject,
    expected: Expected,
    name: str,
    chance: Random,
    folder: Path,
    module: tuple[str, ...] = (),
) -> Trial:
    """Train, end the process one to three times, take it up each time, and compare the end.

    Args:
        subject: what is trained.
        expected: an undisturbed training.
        name: the signal.
        chance: of the moments.
        folder: where it is trained.
        module: the program that is started; empty for forks of this process.
    """
    trial, wanted, resume = Trial(), 1 + chance.randrange(_MOST_KILLS), False
    for _ in range(_ATTEMPTS):
        if not resume:
            rmtree(folder, ignore_errors=True)
            folder.mkdir()
        words = (*subject.arguments, *(("--resume",) if resume else ()))
        is_ended, aimed = trial.kills < wanted, name == "SIGKILL" and not module and bool(chance.randrange(2))
        fault = Fault(0, 1 + chance.randrange(expected.calls), kill=True)
        program = (
            Program(folder, words, module)
            if module
            else Fork(folder, words, fault.install if is_ended and aimed else None)
        )
        if is_ended and not aimed:
            _end(program, chance.uniform(0.0, expected.seconds if module else expected.forked), signal.Signals[name])
        outcome = program.wait()
        if "damaged" in outcome.err or "the one before" in outcome.err:
            trial.fallen_back += 1
        if outcome.code == 0:
            if not trial.kills:
                continue  # it was faster; another time is tried
            trial.complaint = complain_of_run(folder, expected.files)
            return trial
        trial.kills += 1
        trial.complaint = _complain_of_end(folder, expected, name, outcome.code, outcome.err)
        if trial.complaint:
            return trial
        trial.unfinished += bool(list_unfinished(folder))
        resume = True
        trial.begun_anew += not list((folder / CHECKPOINTS).glob("checkpoint-*.safetensors"))
    trial.complaint = f"not ended in {_ATTEMPTS} attempts"
    return trial


def _complain_of_end(folder: Path, expected: Expected, name: str, code: int, err: str) -> str:
    """Return what is wrong with a process that was ended: another exit code, half a run, a traceback."""
    # The interpreter may end by the signal, or fail to import `site`, before a line of this project runs.
    of_python = code in (-signal.Signals[name], 1) and str(ROOT) not in err
    if of_python:
        return complain_of_half_a_run(folder, expected.files)
    if code != CODES[name]:
        return f"exit code {code} after {name}: {err[-300:]}"
    if "Traceback" in err and "Exception ignored" not in err:
        return f"a traceback after {name}: {err[-300:]}"
    return complain_of_half_a_run(folder, expected.files)


def run_kills(
    trials: int,
    place: Path,
    *,
    names: Sequence[str] = ("SIGKILL",),
    subjects: Sequence[Subject] = SUBJECTS,
    jobs: int = 2,
    seed: int = 1,
    tell: Callable[[KillRow], object] = lambda _: None,
) -> list[KillRow]:
    """Return one row for each subject and signal.

    Args:
        trials: how many for each signal, divided among the subjects.
        place: an empty directory.
        names: the signals.
        subjects: what is trained.
        jobs: how many at a time.
        seed: of the moments.
        tell: called with every row.
    """
    rows, shares = [], sum(subject.share for subject in subjects)
    for index, subject in enumerate(subjects):
        expected = train_undisturbed(subject, place / f"undisturbed-{index}")
        for name in names:
            tasks = [
                partial(
                    run_trial,
                    subject,
                    expected,
                    name,
                    Random(f"{seed} {subject.name} {name} {number}"),  # noqa: S311 - moments
                    place / f"{name}-{index}-{number}",
                    PROGRAM if number % FRESH == 0 else (),
                )
                for number in range(max(1, round(trials * subject.share / shares)))
            ]
            found: list[Any] = share_trials(tasks, jobs, place)
            rows.append(add_up(subject.name, name, [Trial(**trial) for trial in found]))
            tell(rows[-1])
    return rows


def add_up(subject: str, name: str, made: Sequence[Trial]) -> KillRow:
    """Return the row of some trials."""
    complaints = tuple(sorted({trial.complaint for trial in made if trial.complaint}))
    counts = {
        key: sum(getattr(trial, key) for trial in made) for key in ("kills", "unfinished", "begun_anew", "fallen_back")
    }
    equal = sum(1 for trial in made if not trial.complaint)
    return KillRow(subject=subject, signal=name, trials=len(made), equal=equal, complaints=complaints, **counts)
