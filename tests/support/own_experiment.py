"""An experiment of a user's in a folder: its configuration, its module, and a file that the module imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.edits import swap

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = """\
schema = "repro-appliance/config/1"
name = "mine"
seed = 3
precision = "f32"

[experiment]
module = "mine.py"
files = ["swish.py"]

[training]
epochs = 2
batch_size = 16
"""
MODULE = """\
from appliance import Dataset, Experiment, Stream, nn
from swish import swish


def build(config):
    x = Stream(config.seed, "samples").normal((80, 6))
    y = x[:, 0] > x[:, 1]
    data = Dataset.from_arrays(x[:60], y[:60], x[60:], y[60:])
    layers = [nn.Dense(units=8), swish, nn.Dense(units=2)]
    return Experiment(data=data, model=layers, optimizer=nn.Adam(learning_rate=0.02))
"""
LAYER = """\
from appliance import nn, portable


def slope(x):
    s = portable.sigmoid(x)
    return s * (1.0 + x * (1.0 - s))


swish = nn.Elementwise(lambda x: x * portable.sigmoid(x), slope, name="swish")
"""


def write_experiment(folder: Path) -> Path:
    """Write the three files and return the path of the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("mine.toml", CONFIG), ("mine.py", MODULE), ("swish.py", LAYER)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "mine.toml"


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file, once."""
    text = path.read_text(encoding="utf-8")
    if old not in text:
        raise ValueError(f"{path} has no {old!r}")
    path.write_text(swap(text, old, new, 1), encoding="utf-8")
