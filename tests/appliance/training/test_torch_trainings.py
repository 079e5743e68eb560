"""Whole trainings beside PyTorch, where it is installed: the same network, batches, loss and optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.model import build_network
from appliance.optimizers import find_rate, warm_up
from appliance.streams import draw_uniform
from appliance.training.trainer import Samples, make_trainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from appliance.config.schema import Config

    Array = NDArray[Any]

torch = pytest.importorskip("torch")

WIDTH, HIDDEN, BATCH, STEPS = 12, 10, 16, 20
LOSSES: dict[str, tuple[int, int, Any]] = {
    "cross-entropy": (5, 0, torch.nn.functional.cross_entropy),
    "mean-squared-error": (0, 3, torch.nn.functional.mse_loss),
    "binary-cross-entropy": (0, 3, torch.nn.functional.binary_cross_entropy_with_logits),
}
RULES: dict[str, dict[str, Any]] = {
    "sgd": {"name": "sgd", "learning_rate": 0.2, "weight_decay": 0.01, "clip_norm": 0.3},
    "nesterov": {"name": "nesterov", "learning_rate": 0.05, "weight_decay": 0.01, "warmup_steps": 5},
    "adam": {"name": "adam", "learning_rate": 0.02, "weight_decay": 0.01},
    "adamw": {"name": "adamw", "learning_rate": 0.02, "weight_decay": 0.1, "clip_norm": 0.3},
}


def make_config(loss: str, rule: str, precision: str) -> Config:
    """Return a network with one hidden layer."""
    classes, targets, _ = LOSSES[loss]
    return parse_settings(
        {
            "schema": "repro-appliance/config/1",
            "name": "beside",
            "seed": 4,
            "precision": precision,
            "data": {"source": "synthetic", "train_samples": BATCH, "test_samples": BATCH},
            "model": {"layers": [WIDTH, HIDDEN, classes or targets]},
            "training": {"epochs": 1, "batch_size": BATCH, "loss": loss},
            "optimizer": RULES[rule],
        },
        where="a test",
    )


def draw_batch(loss: str, step: int) -> Samples:
    """Return a batch of numbers with labels."""
    classes, targets, _ = LOSSES[loss]
    features = (draw_uniform(BATCH * WIDTH, 1, "features", step).reshape(BATCH, WIDTH) * 2 - 1).astype(np.float32)
    if classes:
        return Samples(features, (draw_uniform(BATCH, 1, "labels", step) * classes).astype(np.uint8))
    labels = (features[:, :targets] - features[:, targets : 2 * targets]).astype(np.float32)
    return Samples(features, (labels > 0).astype(np.float32) if loss == "binary-cross-entropy" else labels)


def follow(config: Config, *, portable: bool) -> Iterator[dict[str, Array]]:
    """Yield our parameters before the first step and after each."""
    loss = str(config.training.loss)
    classes, targets, _ = LOSSES[loss]
    network = build_network(config, (WIDTH,), classes, targets=targets, portable=portable, is_bytes=False)
    trainer = make_trainer(config, network)
    yield {name: np.array(x) for name, x in network.parameters().items()}
    trainer.reset_bounds()
    rate = find_rate(config.optimizer, 1, 1)
    for step in range(STEPS):
        trainer.step(draw_batch(loss, step), warm_up(config.optimizer, rate, step + 1))
        yield {name: np.array(x) for name, x in network.parameters().items()}


def make_optimizer(config: Any, parameters: list[Any]) -> Any:  # noqa: ANN401 - of PyTorch
    """Return PyTorch's optimizer for our settings."""
    common = {"lr": config.learning_rate, "weight_decay": config.weight_decay}
    if config.tag in ("adam", "adamw"):
        return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[config.tag](
            parameters, eps=config.epsilon, **common
        )
    nesterov = config.tag == "nesterov"
    return torch.optim.SGD(parameters, momentum=config.momentum if nesterov else 0.0, nesterov=nesterov, **common)


def follow_torch(config: Any, start: dict[str, Array]) -> Iterator[dict[str, Array]]:  # noqa: ANN401
    """Yield PyTorch's parameters in float64 after each step, from the same start."""
    rule, settings = LOSSES[config.training.loss][2], config.optimizer
    parameters = {name: torch.nn.Parameter(torch.tensor(x.astype(np.float64))) for name, x in start.items()}
    optimizer = make_optimizer(settings, list(parameters.values()))
    for step in range(STEPS):
        samples = draw_batch(config.training.loss, step)
        labels = samples.labels
        expected = torch.tensor(labels.astype(np.int64 if labels.dtype == np.uint8 else np.float64))
        hidden = torch.tensor(samples.features.astype(np.float64)) @ parameters["dense_1.weight"]
        hidden = torch.relu(hidden + parameters["dense_1.bias"])
        optimizer.zero_grad()
        rule(hidden @ parameters["dense_2.weight"] + parameters["dense_2.bias"], expected).backward()
        if settings.clip_norm:
            norm = torch.sqrt(sum((x.grad**2).sum() for x in parameters.values()))
            for x in parameters.values():
                x.grad *= min(1.0, settings.clip_norm / norm.item())
        for group in optimizer.param_groups:
            group["lr"] = warm_up(settings, settings.learning_rate, step + 1)
        optimizer.step()
        yield {name: x.detach().numpy().copy() for name, x in parameters.items()}


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    ("precision", "portable", "error"),
    [("f64", False, 1e-9), ("f64", True, 1e-4), ("f32", True, 0.3)],
    ids=["native f64", "portable f64", "portable f32"],
)
def test_twenty_steps_follow_torch(loss: str, rule: str, precision: str, portable: bool, error: float) -> None:
    """Relative to the length of the way: to roundings in plain float64, to the size of operands where portable."""
    config = make_config(loss, rule, precision)
    ours = follow(config, portable=portable)
    start = next(ours)
    for found, theirs in zip(ours, follow_torch(config, start), strict=True):
        pairs = [(found[name] - theirs[name], theirs[name] - start[name]) for name in start]
        away, way = (np.sqrt(sum((pair[k] ** 2).sum() for pair in pairs)) for k in (0, 1))
        assert away < error * way
