"""Data in files that vanish or change, before a training, while it runs, and before it is taken up."""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING

import attrs

from appliance.config.loading import find_config_directory
from delivery.torture.faults import Tally
from delivery.torture.judging import RUN, complain_of_half_a_run, complain_of_run, complain_of_words, read_results
from delivery.torture.programs import run_forked
from delivery.torture.scenes import MIDDLE, act_at_step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from delivery.torture.faults import FaultRow

DATA, KEPT, CONFIG = "given-data", "given-copy", "given.toml"
TRAIN = ("train", CONFIG, "--data-dir", DATA, "--checkpoint-every", "3", "--out", RUN)
_KILLED = 77
_FEATURES = "given/train-images-idx3-ubyte"


def _vanish(folder: Path) -> None:
    shutil.rmtree(folder / DATA)


def _change(folder: Path) -> None:
    """Change samples in their place, without another length."""
    with (folder / DATA / _FEATURES).open("r+b") as stream:
        stream.seek(1000)
        stream.write(bytes(100_000))


def _restore(folder: Path) -> None:
    shutil.rmtree(folder / DATA, ignore_errors=True)
    shutil.copytree(folder / KEPT, folder / DATA)


@attrs.frozen(kw_only=True)
class Case:
    """What happens to the data.

    Args:
        name: in words.
        harm: what happens.
        step: after which step; 0 for before the start.
        ends: the process is killed after that step, and the harm is done before the training is taken up.
        codes: the exit codes that are right while the data is harmed.
    """

    name: str
    harm: Callable[[Path], None]
    step: int = 0
    ends: bool = False
    codes: tuple[int, ...] = (2,)


CASES = (
    Case(name="vanished before the start", harm=_vanish),
    Case(name="vanished in the middle of an epoch", harm=_vanish, step=MIDDLE, codes=(0, 2)),
    Case(name="vanished between epochs", harm=_vanish, step=8, codes=(0, 2)),
    Case(name="vanished before the training is taken up", harm=_vanish, step=MIDDLE, ends=True),
    Case(name="changed before the start", harm=_change),
    Case(name="changed in the middle of an epoch", harm=_change, step=MIDDLE),
    Case(name="changed before the training is taken up", harm=_change, step=MIDDLE, ends=True),
)


def write_data(folder: Path) -> None:
    """Write a small stored set and its configuration.

    Raises:
        RuntimeError: it failed.
    """
    folder.mkdir()
    words = ("--train-samples", "256", "--test-samples", "64", "--seed", "1", "--data-dir", DATA)
    outcome = run_forked(folder, ("data", "generate", "given", *words))
    if outcome.code:
        raise RuntimeError(outcome.err)
    text = (find_config_directory() / "smoke.toml").read_text(encoding="utf-8")
    source = 'source = "stored"\ndirectory = "given"'
    text = text.replace('source = "synthetic"', source).replace('"smoke"', '"given"')
    (folder / CONFIG).write_text(text, encoding="utf-8")
    shutil.copytree(folder / DATA, folder / KEPT)


def harm_data(place: Path) -> FaultRow:
    """Harm the data of a training in every way, then bring it back: the training must end as if nothing had happened.

    Raises:
        RuntimeError: the undisturbed training failed.
    """
    made = place / "data"
    write_data(made)
    whole = place / "data-undisturbed"
    shutil.copytree(made, whole)
    outcome = run_forked(whole, TRAIN)
    if outcome.code:
        raise RuntimeError(outcome.err)
    expected = read_results(whole / RUN)
    tally = Tally(fault="data vanished or changed", how="files of a stored set removed, or 100,000 bytes overwritten")
    for index, case in enumerate(CASES):
        folder = place / f"data-{index}"
        shutil.copytree(made, folder)
        complaint, err, code = _run_case(case, folder, expected)
        tally.add(case.name, err, code, complaint)
    return tally.to_row()


def _run_case(case: Case, folder: Path, expected: dict[str, bytes]) -> tuple[str, str, int]:
    """Return what is wrong, and error and exit code of the process with harmed data."""
    harm = partial(case.harm, folder)
    words: tuple[str, ...] = TRAIN
    if case.ends:
        outcome = run_forked(folder, TRAIN, partial(act_at_step, case.step, partial(os._exit, _KILLED)))
        if outcome.code != _KILLED:
            return f"exit code {outcome.code} before the harm: {outcome.err}", outcome.err, outcome.code
        words = (*TRAIN, "--resume")
    if case.step and not case.ends:
        outcome = run_forked(folder, words, partial(act_at_step, case.step, harm))
    else:
        harm()
        outcome = run_forked(folder, words)
    complaint = complain_of_words(outcome, case.codes) or complain_of_half_a_run(folder, expected)
    _restore(folder)
    if outcome.code and not complaint:
        again = run_forked(folder, (*TRAIN, "--resume"))
        complaint = f"it does not go on: {again.err[-300:]}" if again.code else ""
    return complaint or complain_of_run(folder, expected), outcome.err, outcome.code
