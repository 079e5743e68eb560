"""From a table of settings to the six digests of a run."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from oracle.build import Maker, list_tables, strip_defaults
from oracle.data import Data, load_data, make_classes
from oracle.digests import Field, digest_fields, digest_json
from oracle.formats import F32, F64
from oracle.layers import Batch, Signal
from oracle.losses import (
    Difference,
    average_losses,
    differentiate_answers,
    differentiate_classes,
    differentiate_targets,
    judge,
)
from oracle.network import Network
from oracle.optimizers import Optimizer, schedule_rate, warm_up
from oracle.streams import draw_permutation

if TYPE_CHECKING:
    from oracle.formats import Format
    from oracle.layers import Rows

Settings = dict[str, Any]

BITS = 2
_DEFAULTS = {
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "momentum": 0.9,
    "schedule": "constant",
    "step_epochs": 1,
    "step_factor": 0.5,
}


def complete(settings: Settings) -> Settings:
    """Return the settings of a configuration file with all defaults."""
    whole = copy.deepcopy(settings)
    rules = _DEFAULTS | whole["optimizer"]
    whole["optimizer"] = {
        key: float(x) if isinstance(x, int) and key not in ("step_epochs", "warmup_steps") else x
        for key, x in rules.items()
    }
    layers = whole["model"]["layers"]
    whole["model"]["layers"] = [strip_defaults(layer) if isinstance(layer, dict) else layer for layer in layers]
    return whole


def digest_tensors(network: Network, fmt: Format) -> str:
    """Return the digest of all weights and biases."""
    return digest_fields(*(Field(t.name, fmt.dtype, t.shape, fmt.pack(t.values)) for t in network.tensors))


class Training:
    """A network in training on its data."""

    def __init__(self, settings: Settings, data: Data, fmt: Format) -> None:
        self.settings, self.data, self.fmt = settings, data, fmt
        tables = list_tables(settings["model"])
        layers = Maker(tables, settings["seed"], fmt).make_all(tables, data.inputs)
        self.network = Network(layers, settings["optimizer"].get("clip_norm", 0.0), fmt)
        self.optimizer = Optimizer(settings["optimizer"], fmt)
        self.steps = 0
        self.outputs = 0

    def train_epoch(self, epoch: int) -> float:
        """Take the steps of an epoch and return the mean loss."""
        training, part = self.settings["training"], self.data.train
        size = training["batch_size"]
        rate = schedule_rate(self.settings["optimizer"], epoch, training["epochs"])
        order = draw_permutation(len(part.labels), self.settings["seed"], "shuffle", epoch)
        losses: list[float] = []
        self.network.reset_bounds()
        for start in range(0, len(order), size):
            losses += self._step(order[start : start + size], epoch, rate)
        return self.average(losses, self.outputs)

    def _step(self, samples: list[int], epoch: int, rate: float) -> list[float]:
        """Take one step; return the samples' losses."""
        part, optimizer = self.data.train, self.optimizer
        self.steps += 1
        optimizer.begin_step(warm_up(self.settings["optimizer"], rate, self.steps))
        factor = (optimizer.rate if optimizer.rate_in_gradient else 1.0) / len(samples)
        batch = Batch(seed=self.settings["seed"], training=True, samples=samples, epoch=epoch, factor=factor)
        outputs = self.network.forward(self.data.receive([part.features[i] for i in samples]), batch)
        self.outputs = len(outputs[0])
        gradient, losses = self.compare(outputs, part.choose_labels(samples))
        gradients = self.network.backward(Signal((len(outputs[0]),), gradient), batch)
        self.network.update(gradients, optimizer)
        return losses

    @property
    def loss(self) -> str:
        """The name of the loss."""
        name: str = self.settings["training"].get("loss", "cross-entropy")
        return name

    def compare(self, outputs: Rows, labels: list[int] | list[list[float]]) -> Difference:
        """Return gradient and losses of outputs."""
        targets = [label if isinstance(label, list) else [float(label)] for label in labels]
        if self.loss == "cross-entropy":
            return differentiate_classes(outputs, [int(label) for (label,) in targets], self.fmt)
        differentiate = differentiate_targets if self.loss == "mean-squared-error" else differentiate_answers
        return differentiate(outputs, targets, self.fmt)

    def average(self, losses: list[float], outputs: int) -> float:
        """Return the mean loss of samples."""
        return average_losses(losses, 1 if self.loss == "cross-entropy" else outputs)

    def evaluate(self) -> tuple[dict[str, float], str]:
        """Return what is measured, by its name in the history, and the digest of the predictions."""
        part = self.data.test
        self.network.reset_bounds()
        outputs = self.network.forward(self.data.receive(part.features), Batch(seed=self.settings["seed"]))
        _, losses = self.compare(outputs, part.labels)
        score, classes = judge(self.loss, outputs, part.labels, self.fmt)
        flat = self.fmt.pack(z for row in outputs for z in row)
        field = Field("logits" if classes else "outputs", self.fmt.dtype, [len(outputs), len(outputs[0])], flat)
        return score | {"test_loss": self.average(losses, len(outputs[0]))}, digest_fields(
            *([make_classes(classes, self.data.classes)] if classes else []), field
        )


def train(settings: Settings, fmt: Format | None = None, data: Data | None = None) -> dict[str, str]:
    """Return a run's digests for the settings of a configuration file; format and data are theirs unless given."""
    settings = complete(settings)
    data = data or load_data(settings)
    training = Training(settings, data, fmt or (F32 if settings["precision"] == "f32" else F64))
    digests = {"dataset": data.digest(), "initial_weights": digest_tensors(training.network, training.fmt)}
    history = []
    for epoch in range(1, settings["training"]["epochs"] + 1):
        train_loss = training.train_epoch(epoch)
        scores, digests["predictions"] = training.evaluate()
        weights = digests["final_weights"] = digest_tensors(training.network, training.fmt)
        history.append(scores | {"epoch": epoch, "train_loss": train_loss, "weights": weights})
    digests["history"] = digest_json(history)
    digests["run"] = digest_json({"bits": BITS, "config": digest_json(settings), "parts": digests})
    return digests
