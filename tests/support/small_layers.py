"""Small networks with one layer of each kind for sequences, and batches for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.config import parse_settings
from appliance.model import build_network
from appliance.optimizers import make_optimizer
from appliance.streams import draw_uniform, draw_words
from appliance.training.trainer import Samples, Trainer
from support.networks import make_config

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Table = dict[str, Any]

CLASSES = 5
ROWS = 16
_LAST: Table = {"kind": "dense", "units": CLASSES}


def dense(units: int) -> Table:
    """Return the settings of a dense layer at every position."""
    return {"kind": "dense", "units": units, "per_position": True}


class Case(NamedTuple):
    """Layers, the shape of a sample, and the number of tokens where samples consist of tokens."""

    layers: list[Table]
    shape: tuple[int, ...]
    tokens: int = 0


_BLOCK = [{"kind": "layer_norm"}, dense(9), {"kind": "relu"}, {"kind": "dropout", "rate": 0.2}, dense(7)]
CASES = {
    "tanh": Case([{"kind": "dense", "units": 7}, {"kind": "tanh"}, _LAST], (6,)),
    "sigmoid": Case([{"kind": "dense", "units": 7}, {"kind": "sigmoid"}, _LAST], (6,)),
    "gelu": Case([{"kind": "dense", "units": 7}, {"kind": "gelu"}, _LAST], (6,)),
    "dropout": Case([{"kind": "dense", "units": 19}, {"kind": "dropout", "rate": 0.3}, _LAST], (6,)),
    "layer_norm": Case([{"kind": "dense", "units": 7}, {"kind": "layer_norm"}, {"kind": "tanh"}, _LAST], (6,)),
    "layer_norm of positions": Case([dense(7), {"kind": "layer_norm"}, dense(4), _LAST], (3, 6)),
    "batch_norm": Case([{"kind": "dense", "units": 7}, {"kind": "batch_norm"}, {"kind": "tanh"}, _LAST], (6,)),
    "batch_norm of positions": Case([dense(7), {"kind": "batch_norm"}, dense(4), _LAST], (3, 6)),
    "positions": Case([dense(7), {"kind": "positions"}, {"kind": "tanh"}, _LAST], (3, 6)),
    "mean_positions": Case([dense(7), {"kind": "tanh"}, {"kind": "mean_positions"}, _LAST], (3, 6)),
    "residual": Case([dense(7), {"kind": "residual", "layers": _BLOCK}, {"kind": "mean_positions"}, _LAST], (3, 6)),
    "residual of data": Case([{"kind": "residual", "layers": [{"kind": "tanh"}, dense(6)]}, _LAST], (3, 6)),
    "residual of relu": Case(
        [dense(7), {"kind": "tanh"}, {"kind": "residual", "layers": [{"kind": "relu"}, dense(7)]}, _LAST], (3, 6)
    ),
    "residual inside": Case(
        [dense(7), {"kind": "residual", "layers": [{"kind": "residual", "layers": _BLOCK}, dense(7)]}, _LAST], (3, 6)
    ),
    "attention": Case([dense(8), {"kind": "attention", "heads": 2}, _LAST], (5, 6)),
    "causal attention": Case([dense(6), {"kind": "attention", "heads": 3, "causal": True}, _LAST], (5, 6)),
    "embedding": Case([{"kind": "embedding", "entries": 9, "units": 6}, dense(4), {"kind": "tanh"}, _LAST], (5,), 9),
}


def make_case_trainer(
    case: Case,
    precision: str = "f64",
    *,
    portable: bool = True,
    parts: int = 1,
    **optimizer: Any,  # noqa: ANN401 - settings
) -> Trainer:
    """Return a trainer of a case, at epoch 2."""
    settings = {**make_config(precision=precision, **optimizer).settings(), "model": {"layers": case.layers}}
    config = parse_settings(settings, where="a test")
    network = build_network(config, case.shape, CLASSES, portable=portable, is_bytes=False)
    trainer = Trainer(network, make_optimizer(config.optimizer, network.fmt, portable=portable), micro_batches=parts)
    trainer.forward.epoch.fill(2)
    trainer.reset_bounds()
    return trainer


def make_samples(case: Case, rows: int = ROWS, seed: int = 1) -> Samples:
    """Return samples of a case with labels, and with numbers from 100 on."""
    size = int(np.prod(case.shape))
    features: Floats = (draw_uniform(rows * size, seed, "features").reshape(rows, size) * 4 - 2).astype(np.float32)
    if case.tokens:
        features = np.floor((features + 2) * (case.tokens / 4)).astype(np.float32)
    labels = (draw_words(rows, seed, "labels") % CLASSES).astype(np.uint8)
    return Samples(features, labels, np.arange(rows) + 100)


def find_gradients(trainer: Trainer, samples: Samples) -> dict[str, Floats]:
    """Return the gradients of a batch, as what a plain step of rate 1 subtracts."""
    before = {name: array.copy() for name, array in trainer.network.parameters().items()}
    trainer.step(samples, 1.0)
    return {name: before[name] - array for name, array in trainer.network.parameters().items()}


def measure_training_loss(trainer: Trainer, samples: Samples) -> float:
    """Return the mean loss of a batch as a step of a training sees it."""
    forward = trainer.forward.plan(len(samples.labels), training=True)
    if samples.numbers is not None:
        np.copyto(forward.batch.samples, samples.numbers)
    forward.run(samples.features)
    return trainer.network.loss.evaluate(np.array(forward.outputs), samples.labels)
