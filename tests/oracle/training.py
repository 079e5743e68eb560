"""From a table of settings to the six digests of a run."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oracle import functions
from oracle.digests import Field, digest_fields, digest_json
from oracle.formats import F32, F64
from oracle.images import draw_samples
from oracle.losses import average_losses, compute_softmax
from oracle.network import Network
from oracle.optimizers import Optimizer, schedule_rate
from oracle.streams import draw_permutation

if TYPE_CHECKING:
    from oracle.formats import Format

Settings = dict[str, Any]

BITS = 1
_DEFAULTS = {
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "momentum": 0.9,
    "schedule": "constant",
    "step_epochs": 1,
    "step_factor": 0.5,
}


@dataclass(frozen=True)
class Samples:
    """Images of 784 bytes with their labels."""

    images: list[bytes]
    labels: list[int]

    def list_fields(self, part: str) -> list[Field]:
        """Return the two arrays that are hashed."""
        count = len(self.labels)
        return [
            Field(f"{part}_features", "|u1", [count, 784], b"".join(self.images)),
            Field(f"{part}_labels", "|u1", [count], bytes(self.labels)),
        ]


def complete(settings: Settings) -> Settings:
    """Return the settings of a configuration file with all defaults."""
    whole = copy.deepcopy(settings)
    rules = _DEFAULTS | whole["optimizer"]
    whole["optimizer"] = {
        key: float(x) if isinstance(x, int) and key != "step_epochs" else x for key, x in rules.items()
    }
    return whole


def digest_parameters(network: Network) -> str:
    """Return the digest of all weights and biases."""
    fmt = network.fmt
    return digest_fields(*(Field(t.name, fmt.dtype, t.shape, fmt.pack(t.values)) for t in network.parameters()))


def _train_epoch(network: Network, settings: Settings, data: Samples, optimizer: Optimizer, epoch: int) -> float:
    size = settings["training"]["batch_size"]
    rate = schedule_rate(settings["optimizer"], epoch, settings["training"]["epochs"])
    order = draw_permutation(len(data.labels), settings["seed"], "shuffle", epoch)
    losses: list[float] = []
    network.reset_bounds()
    for start in range(0, len(order), size):
        chosen = order[start : start + size]
        losses += network.train([data.images[i] for i in chosen], [data.labels[i] for i in chosen], optimizer, rate)
    return average_losses(losses)


def _evaluate(network: Network, data: Samples) -> tuple[float, float, str]:
    """Return loss, accuracy and the digest of the predictions."""
    network.reset_bounds()
    logits, _ = network.run_forward(data.images)
    softmax = compute_softmax(logits, network.fmt)
    rows = zip(softmax.sums, softmax.shifted, data.labels, strict=True)
    loss = average_losses([functions.log(whole) - d[label] for whole, d, label in rows])
    classes = [row.index(max(row)) for row in logits]
    hits = sum(a == b for a, b in zip(classes, data.labels, strict=True))
    count = len(logits)
    flat = network.fmt.pack(z for row in logits for z in row)
    digest = digest_fields(
        Field("classes", "|u1", [count], bytes(classes)),
        Field("logits", network.fmt.dtype, [count, len(logits[0])], flat),
    )
    return loss, hits / count, digest


def train(settings: Settings, fmt: Format | None = None) -> dict[str, str]:
    """Return a run's digests for the settings of a configuration file; the format follows from them unless given."""
    settings = complete(settings)
    seed, data = settings["seed"], settings["data"]
    fmt = fmt or (F32 if settings["precision"] == "f32" else F64)
    training = Samples(*draw_samples(data["train_samples"], seed, "synthetic/train"))
    test = Samples(*draw_samples(data["test_samples"], seed, "synthetic/test"))
    network = Network(settings["model"]["layers"], seed, fmt)
    optimizer = Optimizer(settings["optimizer"], fmt)
    digests = {
        "dataset": digest_fields(*training.list_fields("train"), *test.list_fields("test")),
        "initial_weights": digest_parameters(network),
    }
    history = []
    for epoch in range(1, settings["training"]["epochs"] + 1):
        train_loss = _train_epoch(network, settings, training, optimizer, epoch)
        test_loss, accuracy, digests["predictions"] = _evaluate(network, test)
        weights = digests["final_weights"] = digest_parameters(network)
        history.append(
            {
                "epoch": epoch,
                "test_accuracy": accuracy,
                "test_loss": test_loss,
                "train_loss": train_loss,
                "weights": weights,
            }
        )
    digests["history"] = digest_json(history)
    digests["run"] = digest_json({"bits": BITS, "config": digest_json(settings), "parts": digests})
    return digests
