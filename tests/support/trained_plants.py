"""Plants for the checklist that train: another run is put into the place of the one of smoke."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from typing import TYPE_CHECKING

import numpy as np

from appliance import Dataset, MemoryRows, fit, nn, write_run
from appliance.data.generate import generate_set
from appliance.runs.traced import parse_plan
from appliance.runs.train import Request, train_and_write
from support.own_experiment import edit, write_experiment
from support.planted_answers import (
    Scene,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    Plant = Callable[[Path], Scene]

ARRAYS = """\
schema = "repro-appliance/config/1"
name = "mine"
seed = 1
precision = "f32"

[data]
source = "arrays"

[data.arrays]
train_features = "train-x.npy"
train_labels = "train-y.npy"
test_features = "test-x.npy"
test_labels = "test-y.npy"

[model]
layers = [4, 2]

[optimizer]
name = "sgd"
learning_rate = 0.1

[training]
batch_size = 10
epochs = 1
"""


def train_with(profile: str = "portable", *, trace: str | None = None, **overrides: object) -> Plant:
    """Return a plant that trains smoke again with other settings."""
    words = tuple(f"{key.replace('__', '.')}={value}" for key, value in overrides.items())

    def plant(run: Path) -> Scene:
        shutil.rmtree(run)
        request = Request(config="smoke", profile=profile, out=run, overrides=words, trace=parse_plan(trace))
        train_and_write(request, _show_nothing)
        return Scene(run=run)

    return plant


def _show_nothing(_: object) -> AbstractContextManager[None]:
    return nullcontext()


def fit_own(run: Path) -> Scene:
    """Make a run whose samples a program gave."""
    shutil.rmtree(run)
    labels = np.arange(20, dtype=np.uint8) % 2
    rows = MemoryRows(np.arange(80, dtype=np.uint8).reshape(20, 4))
    data = Dataset(
        name="mine", train_features=rows, train_labels=labels, test_features=rows, test_labels=labels,
        sample_shape=(4,), classes=2,
    )  # fmt: skip
    record = fit([nn.Dense(units=2)], data, optimizer=nn.Sgd(learning_rate=0.1), epochs=1, batch_size=10)
    write_run(record, run)
    return Scene(run=run)


def train_arrays(run: Path, *, shared: int = 0, lost: bool = False) -> Scene:
    """Train on arrays of one's own, of which some test samples may be training samples."""
    shutil.rmtree(run)
    rows = np.arange(32 * 4, dtype=np.uint8).reshape(32, 4)
    test = np.concatenate([rows[:shared], rows[20 : 32 - shared]])
    labels = np.arange(32, dtype=np.uint8) % 2
    parts = {"train": (rows[:20], labels[:20]), "test": (test, labels[20:])}
    for name, (features, classes) in parts.items():
        np.save(run.parent / f"{name}-x.npy", features)
        np.save(run.parent / f"{name}-y.npy", classes)
    (run.parent / "mine.toml").write_text(ARRAYS, encoding="utf-8")
    train_and_write(Request(config=str(run.parent / "mine.toml"), out=run, data_dir=run.parent), _show_nothing)
    if lost:
        (run.parent / "test-y.npy").unlink()
    return Scene(run=run, data_dir=run.parent)


def train_experiment(run: Path, *, edited: bool = False) -> Scene:
    """Train an experiment, whose code may be changed afterwards."""
    shutil.rmtree(run)
    config = write_experiment(run.parent / "code")
    train_and_write(Request(config=str(config), out=run), _show_nothing)
    if edited:
        edit(config.parent / "mine.py", "units=8", "units=9")
    return Scene(run=run, folder=config.parent)


def share_samples(run: Path) -> Scene:
    """Train on arrays of which two test samples are training samples, too."""
    return train_arrays(run, shared=2)


def lose_samples(run: Path) -> Scene:
    """Train on arrays, and lose a file of them."""
    return train_arrays(run, lost=True)


def shorten_samples(run: Path) -> Scene:
    """Train on arrays, and lose two test samples afterwards."""
    scene = train_arrays(run)
    for name in ("test-x.npy", "test-y.npy"):
        np.save(run.parent / name, np.load(run.parent / name)[:-2])
    return scene


def edit_code(run: Path) -> Scene:
    """Train an experiment, and change its code afterwards."""
    return train_experiment(run, edited=True)


def damage_stored(run: Path) -> Scene:
    """Train on a stored set, and change one byte of it afterwards."""
    shutil.rmtree(run)
    place = run.parent / "data"
    paths = generate_set("own-set", place, train_samples=200, test_samples=100, seed=1)
    words = ("data.source=stored", "data.directory=own-set", "data.train_samples=200", "data.test_samples=100")
    train_and_write(Request(config="smoke", out=run, overrides=words, data_dir=place), _show_nothing)
    content = bytearray(paths[0].read_bytes())
    content[-1] ^= 1
    paths[0].write_bytes(bytes(content))
    return Scene(run=run, data_dir=place)
