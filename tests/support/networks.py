"""Small networks and batches for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.config import parse_settings
from appliance.model import build_network
from appliance.optimizers import make_optimizer
from appliance.streams import draw_words
from appliance.training.trainer import Samples, Trainer
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.schema import Config
    from appliance.numerics.operations import Operations

    Floats = NDArray[np.floating[Any]]
    Bytes = NDArray[np.uint8]


def make_config(layers: tuple[int, ...] = (784, 12, 8, 10), precision: str = "f64", **optimizer: object) -> Config:
    """Return a small configuration, changed as asked."""
    return parse_settings(
        {
            "schema": "repro-appliance/config/1",
            "name": "test",
            "seed": 3,
            "precision": precision,
            "data": {"source": "synthetic", "train_samples": 64, "test_samples": 16},
            "model": {"layers": list(layers)},
            "training": {"epochs": 2, "batch_size": 16},
            "optimizer": {"name": "sgd", "learning_rate": 0.1, **optimizer},
        },
        where="a test",
    )


def make_batch(count: int = 16, seed: int = 1) -> tuple[Bytes, Bytes]:
    """Return bytes (count, 784) with a third of the pixels set, and labels (count,)."""
    words = draw_words(count * 784, seed, "batch").reshape(count, 784)
    pixels = np.where(words % 3 == 0, words >> np.uint64(56), 0).astype(np.uint8)
    return pixels, (draw_words(count, seed, "labels") % 10).astype(np.uint8)


def make_tables_config(*layers: dict[str, object], precision: str = "f32", name: str = "sgd") -> Config:
    """Return a small configuration with these layers, given as in a file, for samples of shape (28, 28)."""
    settings = make_config(precision=precision, name=name).settings()
    return parse_settings({**settings, "model": {"layers": list(layers)}}, where="a test")


def make_trainer(
    config: Config, *, portable: bool = True, micro_batches: int = 1, operations: Operations | None = None
) -> Trainer:
    """Return a trainer of the configuration's network.

    The data have as many inputs and classes as its widths say; without widths, shape (28, 28) and 10 classes.
    """
    widths = config.model.widths
    shape, classes = ((28, 28), 10) if widths is None else (widths[:1], widths[-1])
    network = build_network(config, shape, classes, portable=portable, operations=operations)
    optimizer = make_optimizer(config.optimizer, network.fmt, portable=portable)
    return Trainer(network, optimizer, micro_batches=micro_batches)


def measure_loss(trainer: Trainer, pixels: Bytes, labels: Bytes) -> float:
    """Return the mean cross-entropy of a batch."""
    return trainer.network.loss.evaluate(trainer.forward.predict(pixels), labels)


def train_digest(config: Config, *, batches: int = 8, size: int = 16, operations: Operations | None = None) -> str:
    """Return the digest of the parameters after some steps."""
    trainer = make_trainer(config, operations=operations)
    trainer.reset_bounds()
    for step in range(batches):
        trainer.step(Samples(*make_batch(size, seed=step)), 0.05)
    return digest_arrays(trainer.network.parameters())
