"""An experiment of a user's that carries state from step to step in every place in which programs do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CONFIG = """\
schema = "repro-appliance/config/1"
name = "forgetful"
seed = 3
precision = "f32"

[experiment]
module = "forgetful.py"

[training]
epochs = 2
batch_size = 16
"""
_MODULE = """\
import functools
import random
import warnings

import numpy as np

from appliance import Dataset, Experiment, Stream, nn

CALLS = 0
SEEN = {{"rows": 0}}
_generator = np.random.default_rng(5)


def make_counter():
    count = 0

    def step():
        nonlocal count
        count += 1
        return count

    return step


def count_forever():
    number = 0
    while True:
        yield number
        number += 1


@functools.lru_cache
def remember(name):
    return np.random.random()


class Passing(nn.Layer):
    total = 0

    def __init__(self):
        self._calls = 0
        self._last = None
        self._step = make_counter()
        self._numbers = count_forever()
        self._slots = Slots()

    def forward(self, x, parameters):
        return x + {change}

    def backward(self, x, y, dy, parameters):
        global CALLS
        {body}
        return dy


class Slots:
    __slots__ = ("calls",)

    def __init__(self):
        self.calls = 0


def build(config):
    x = Stream(config.seed, "samples").normal((100, 6))
    y = x[:, 0] > x[:, 1]
    data = Dataset.from_arrays(x[:72], y[:72], x[72:], y[72:])
    layers = [nn.Dense(units=8), Passing(), nn.Dense(units=2)]
    return Experiment(data=data, model=layers, optimizer=nn.Adam(learning_rate=0.02))
"""
NO_CHANGE = "x.dtype.type(0)"
BODIES = {
    "self._calls += 1": "forgetful.py: Passing._calls",
    "CALLS += 1": "forgetful.py: CALLS",
    'SEEN["rows"] += len(x)': "forgetful.py: SEEN['rows']",
    "_generator.random()": "forgetful.py: _generator",
    "self._step()": "forgetful.py: Passing._step (closure) count",
    "next(self._numbers)": "forgetful.py: Passing._numbers (variable) number",
    "Passing.total += 1": "forgetful.py: Passing.total",
    "self._slots.calls += 1": "forgetful.py: Slots.calls",
    'remember("first")': "forgetful.py: remember (kept for 'first')",
    'warnings.filterwarnings("ignore", message=str(CALLS)); CALLS += 1': "warnings.filters",
}
"""Statements that carry state, with what it must be called."""


def write_forgetful(folder: Path, bodies: list[str], change: str = NO_CHANGE) -> Path:
    """Write an experiment whose layer does these things after every step; return the path of the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    text = _MODULE.format(body="; ".join(bodies) or "pass", change=change)
    (folder / "forgetful.py").write_text(text, encoding="utf-8")
    (folder / "forgetful.toml").write_text(_CONFIG, encoding="utf-8")
    return folder / "forgetful.toml"
