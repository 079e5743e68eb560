"""Stop points: a training is resumed from the checkpoint of every step, each time in a process of its own.

One child trains with a checkpoint after every step and end of epoch, and copies each of them. From each copy,
`train --resume` goes on to the end in another child, and must give the files of the undisturbed run.
"""

from __future__ import annotations

import itertools
import shutil
from typing import TYPE_CHECKING

import attrs

from appliance.checkpoints.finding import describe_position
from appliance.checkpoints.folder import SUFFIX, Folder
from appliance.proving.asking import ask
from appliance.proving.reading import read_run, require_end
from appliance.proving.trials import judge_run
from verify.files.checkpoint import read_checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from appliance.proving.children import Bench
    from appliance.proving.reading import Ran
    from appliance.proving.request import Subject
    from appliance.proving.trials import Trial
    from appliance.proving.worlds import World

RUN = "run"
"""The name of the run directory in the directory of each child."""
_SLOWER = 20  # times as long an emulated processor may take


@attrs.frozen(kw_only=True)
class Stop:
    """A point at which the training was stopped.

    Args:
        epoch: the epoch in progress, from 1.
        step: the steps of it that are done.
        folder: a copy of the checkpoints as they were then.
    """

    epoch: int
    step: int
    folder: Path

    def __str__(self) -> str:
        return describe_position(self.epoch, self.step)


def make_words(subject: Subject) -> list[str]:
    """Return the command line that trains a subject, without what differs from run to run."""
    words = ["train", "--config", subject.config, "--json"]
    words += [word for value in subject.overrides for word in ("--set", value)]
    return words + (["--data-dir", str(subject.data_dir)] if subject.data_dir is not None else [])


def name_place(world: World, room: Path) -> list[str]:
    """Return the words of a command line that differ from run to run."""
    return ["--threads", str(world.threads), "--out", str(room / RUN)]


def train_undisturbed(subject: Subject, bench: Bench, world: World, room: Path) -> Ran:
    """Train without a stop and without checkpoints.

    Raises:
        CouldNotJudgeError: the training does not end.
    """
    room.mkdir()
    words = [*make_words(subject), *name_place(world, room), "--checkpoint-every", "never"]
    ran = read_run(bench.run(world.plan(words, room)), room / RUN)
    require_end(ran.problem, "the undisturbed training", subject)
    return ran


def record_stops(subject: Subject, bench: Bench, room: Path) -> list[Stop]:
    """Train with a checkpoint after every step and end of epoch; return a copy of each.

    Raises:
        CouldNotJudgeError: the training does not end.
    """
    room.mkdir()
    problem = ask("stopping", subject, bench, room, room)
    require_end(problem, "the training with checkpoints", subject, "--checkpoint-every", "1")
    return [_read_stop(path) for path in sorted((room / "stops").iterdir())]


def _read_stop(path: Path) -> Stop:
    """Return a stop with the position that its newest checkpoint states."""
    folder = Folder(path)
    statement = read_checkpoint(folder.find_file(folder.list_numbers()[0])).statement
    return Stop(epoch=statement.epoch, step=statement.step, folder=path)


def choose_stops(stops: Sequence[Stop], count: int | None) -> list[Stop]:
    """Return so many stops: the first, the last, and the rest evenly between; all for None."""
    if count is None or count >= len(stops):
        return list(stops)
    chosen = {round(number * (len(stops) - 1) / max(count - 1, 1)) for number in range(count)}
    return [stops[number] for number in sorted(chosen)]


def assign_worlds(stops: Sequence[Stop], worlds: Sequence[World]) -> list[tuple[Stop, World]]:
    """Return every stop in this world, and the other worlds in turn at stops in the middle of an epoch."""
    here, *others = worlds
    tasks = [(stop, here) for stop in stops]
    inside = [stop for stop in stops if stop.step] or list(stops)
    turns = max(len(others), min(len(inside), 2 * len([one for one in others if not one.slow])))
    for number, other in zip(range(turns), itertools.cycle(others)):
        if number < len(others) or not other.slow:
            place = (2 * number + 1) * len(inside) // (2 * turns)
            tasks.append((inside[place], other))
    return tasks


def resume(stop: Stop, world: World, words: Sequence[str], undisturbed: Ran, bench: Bench, room: Path) -> Trial:
    """Resume from a stop in a world, and compare the run with the undisturbed one."""
    room.mkdir()
    shutil.copytree(stop.folder, room / f"{RUN}{SUFFIX}")
    patient = attrs.evolve(bench, seconds=bench.seconds * _SLOWER) if world.slow else bench
    answer = patient.run(world.plan([*words, *name_place(world, room), "--resume"], room))
    ran = read_run(answer, room / RUN)
    trial = judge_run(ran, undisturbed, world, stop=str(stop), doubt=_find_doubt(ran))
    if trial.status == "identical":
        shutil.rmtree(room)
    return trial


def _find_doubt(ran: Ran) -> str:
    """Return why equal results would prove nothing: the training began at its start."""
    return "" if ran.parts > 1 else "it began at the start: the checkpoint was not taken"
