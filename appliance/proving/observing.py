"""A child of `prove`: trains from the start or from a checkpoint, and writes the graph of its objects after some steps.

Run as `python -m appliance.proving.observing REQUEST FOLDER`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path  # noqa: TC003 - attrs resolves the annotations
from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.checkpoints.finding import find_newest
from appliance.checkpoints.folder import Folder
from appliance.config import load_config
from appliance.data import load_dataset
from appliance.experiments.running import open_subject
from appliance.launch.seeding import seed_everything
from appliance.proving.asking import read_request
from appliance.proving.graph import walk
from appliance.proving.modules import Modules
from appliance.proving.planting import plant
from appliance.proving.request import Subject  # noqa: TC001 - as above
from appliance.proving.surroundings import list_surroundings
from appliance.training.loop import Training
from appliance.training.record import digest_history
from verify.conformance.freivalds import ExactChecker
from verify.digests import digest_arrays
from verify.errors import UsageError
from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.training.state import TrainingState


BEGIN = "begin"
PLACES = ("first", "middle", "end of epoch", "last")


@attrs.frozen(kw_only=True)
class Request:
    """What a child does.

    Args:
        subject: what is trained.
        start: the folder of a checkpoint.
        restores: whether the training goes on from it; otherwise it is only read, so that reading makes no difference.
        looks: where the graph is written: "begin", or one of `PLACES`.
    """

    subject: Subject
    start: Path
    restores: bool = False
    looks: tuple[str, ...] = ()


def observe(request: Request, folder: Path) -> None:
    """Train as `train` does, and write into a folder `look-PLACE.json` and `result.json`."""
    asked = request.subject
    config = load_config(asked.config, overrides=asked.overrides)
    seed_everything(config.seed, torch="loaded")
    plant(asked.plant)
    with open_subject(config) as subject, limit_threads(asked.threads):
        dataset = subject.dataset or load_dataset(subject.config.data, config.seed, asked.data_dir)
        training = Training(subject.config, dataset, portable=True, checker=ExactChecker(always=False))
        training.list_shapes()
        state = _read(request.start)
        if request.restores:
            training.restore(state)
        _follow(training, request, folder)


def number_places(steps: int, epochs: int) -> dict[str, int]:
    """Return the steps, counted from 1 over all epochs, at which a training is looked at."""
    return {"first": 1, "middle": max(1, steps // 2), "end of epoch": steps, "last": steps * epochs}


def _follow(training: Training, request: Request, folder: Path) -> None:
    """Train to the end, and write what was asked for on the way."""
    steps = -(-len(training.dataset.train_labels) // training.config.training.batch_size)
    places = number_places(steps, training.config.training.epochs)
    if BEGIN in request.looks:
        _look(training, folder / f"look-{BEGIN}.json")
    for epoch, step in training.steps():
        here = [place for place, number in places.items() if number == (epoch - 1) * steps + step]
        for place in [place for place in here if place in request.looks]:
            _look(training, folder / f"look-{place}.json")
    result = {
        "places": places,
        "history": digest_history(tuple(training.history)) if training.history else "",
        "weights": digest_arrays(training.parameters),
    }
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")


def _read(path: Path) -> TrainingState:
    """Return the state of the newest checkpoint in a folder."""
    found = find_newest(Folder(path), _refuse)
    if found is None:
        raise UsageError("there is no checkpoint", where=path)
    return found.state


def _refuse(warning: str) -> None:
    """Accept no checkpoint in the place of a damaged one."""
    raise UsageError(warning)


def _look(training: Training, path: Path) -> None:
    """Write the graph of everything that the training, the modules and the process hold."""
    modules = Modules()
    roots = {"training": training, **modules.list_owned(), **list_surroundings()}
    path.write_text(json.dumps(walk(roots, modules).to_json()), encoding="utf-8")


def _fill_new_arrays() -> None:
    """Let memory that no one has written hold zeros: what an earlier array left there is no state of the training."""
    for name in ("empty", "empty_like"):
        setattr(np, name, getattr(np, name.replace("empty", "zeros")))


def main(arguments: Iterable[str]) -> None:
    """Read the request and carry it out."""
    request, folder = read_request(arguments, Request)
    _fill_new_arrays()
    observe(request, folder)


if __name__ == "__main__":
    main(sys.argv[1:])
