"""Writes how close trainings come to float64 into docs/evidence.md: python3 -m delivery.training_accuracy [SEEDS].

Two questions, for portable and for native float32, with NumPy's float64 as the reference. Is the gradient of the first
layer as long as the reference's, also behind many layers? And is the train loss above the reference's more often than
below it? Without a bias it is so for half of the seeds; the exact sign test says how likely the count is by chance.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.config import parse_settings
from appliance.data import load_dataset
from appliance.training.loop import Training
from delivery.pages import replace_part
from verify.host.threads import limit_threads
from verify.rendering.tables import Table, render_markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.config import Config

    Floats = NDArray[np.floating[Any]]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "evidence.md"
SEEDS = 200
NETWORKS = ((784, 64, 48, 32, 10), (784, *[48] * 12, 10))  # of which gradients are compared: 4 and 13 layers
_RATE = 0.1
_BATCH = 64


@attrs.frozen(kw_only=True)
class Setting:
    """A training of which losses are compared: layers, training samples, epochs, learning rate."""

    layers: tuple[int, ...]
    samples: int
    epochs: int
    rate: float

    def __str__(self) -> str:
        """Return it as a line of the table."""
        return f"{'-'.join(map(str, self.layers))}, {self.samples} samples, {self.epochs} epochs, rate {self.rate:g}"


SETTINGS = (
    Setting(layers=(784, 128, 10), samples=1024, epochs=2, rate=0.05),
    Setting(layers=(784, 64, 32, 10), samples=1024, epochs=3, rate=0.05),
    Setting(layers=(784, 64, 32, 10), samples=2048, epochs=3, rate=0.05),
    Setting(layers=(784, 48, 32, 24, 10), samples=1024, epochs=2, rate=0.05),
)


@attrs.frozen(kw_only=True)
class Losses:
    """Train losses against those of the reference.

    Attributes:
        seeds: how many trainings.
        above, below: of how many the loss is larger, smaller; the others are equal.
        mean: the mean of loss / reference - 1.
        error: the standard error of this mean.
    """

    seeds: int
    above: int
    below: int
    mean: float
    error: float

    @property
    def chance(self) -> float:
        """How likely counts at least as unequal are where above and below are equally likely: the sign test."""
        n, larger = self.above + self.below, max(self.above, self.below)
        return min(1.0, 2 * sum(math.comb(n, k) for k in range(larger, n + 1)) / int(2**n))


def _describe(setting: Setting, seed: int, precision: str) -> Config:
    data = {"source": "synthetic", "train_samples": setting.samples, "test_samples": 256}
    settings = {
        "schema": "repro-appliance/config/1",
        "name": "accuracy",
        "seed": seed,
        "precision": precision,
        "data": data,
        "model": {"layers": list(setting.layers)},
        "training": {"epochs": setting.epochs, "batch_size": _BATCH},
        "optimizer": {"name": "sgd", "learning_rate": setting.rate},
    }
    return parse_settings(settings, where="training_accuracy.py")


def train(setting: Setting, seed: int, precision: str, *, portable: bool) -> float:
    """Return the train loss of the last epoch."""
    config = _describe(setting, seed, precision)
    training = Training(config, load_dataset(config.data, seed), portable=portable)
    training.run()
    return float(training.history[-1].train_loss)


def find_gradient(layers: tuple[int, ...], seed: int, precision: str, *, portable: bool) -> Floats:
    """Return the gradient of the first weight in the first step, (inputs, units), float64, from what SGD subtracts."""
    config = _describe(Setting(layers=layers, samples=_BATCH, epochs=1, rate=_RATE), seed, precision)
    training = Training(config, load_dataset(config.data, seed), portable=portable)
    before = training.parameters["dense_1.weight"].astype(np.float64)
    training.run()
    found: Floats = (before - training.parameters["dense_1.weight"]) / _RATE
    return found


def project(gradient: Floats, reference: Floats) -> float:
    """Return the length of a gradient along the reference, in units of the reference's length."""
    return float((gradient * reference).sum() / (reference * reference).sum())


def measure_projections(layers: tuple[int, ...], seeds: int, *, portable: bool) -> list[float]:
    """Return the projection of each seed."""
    found = []
    for seed in range(seeds):
        reference = find_gradient(layers, seed, "f64", portable=False)
        found.append(project(find_gradient(layers, seed, "f32", portable=portable), reference))
    return found


def compare(losses: Sequence[float], references: Sequence[float]) -> Losses:
    """Compare losses with those of the reference, seed by seed."""
    relative = [loss / reference - 1 for loss, reference in zip(losses, references, strict=True)]
    return Losses(
        seeds=len(losses),
        above=sum(part > 0 for part in relative),
        below=sum(part < 0 for part in relative),
        mean=fmean(relative),
        error=stdev(relative) / math.sqrt(len(losses)),
    )


def format_projections(seeds: int) -> str:
    """Measure and return the table of gradients."""
    rows = []
    for layers in NETWORKS:
        for portable in (True, False):
            found = measure_projections(layers, seeds, portable=portable)
            rows.append((len(layers) - 1, _name(portable=portable), f"{fmean(found):.4f}", f"{stdev(found):.4f}"))
    return render_markdown(Table(columns=("layers", "arithmetic", "mean projection", "deviation"), rows=rows))


def format_losses(seeds: int) -> str:
    """Measure and return the table of losses."""
    rows = []
    for setting in SETTINGS:
        references = [train(setting, seed, "f64", portable=False) for seed in range(seeds)]
        for portable in (True, False):
            found = compare([train(setting, seed, "f32", portable=portable) for seed in range(seeds)], references)
            relative = f"{found.mean:.1e} ({found.error:.0e})"
            rows.append(
                (str(setting), _name(portable=portable), found.above, found.below, f"{found.chance:.2g}", relative)
            )
    columns = ("training", "arithmetic", "above", "below", "chance", "mean relative difference (its error)")
    return render_markdown(Table(columns=columns, rows=rows))


def _name(*, portable: bool) -> str:
    return "portable f32" if portable else "native f32"


def main() -> int:
    """Measure, and replace the part of the page."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    with limit_threads(1):
        parts = (
            f"Gradients of the first weight in the first step, {seeds} seeds:",
            format_projections(seeds),
            f"Train losses, {seeds} seeds; equal losses are in neither column:",
            format_losses(seeds),
        )
    text = replace_part(PAGE.read_text(encoding="utf-8"), "accuracy", "\n\n".join(part.strip() for part in parts))
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
