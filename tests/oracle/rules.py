"""Small runs for the rules of losses, optimizers and schedules."""

from __future__ import annotations

from typing import Any

from oracle.data import Data, Part
from oracle.variations import RELU, Variation, dense, draw_data, vary


def draw_targets(count: int, *, answers: bool = False) -> Data:
    """Return numbers with so many targets for each sample, or with answers 0 and 1."""
    data = draw_data((5,), 251, code="f", samples=(11, 6))
    parts = []
    for part in (data.train, data.test):
        rows = [[float((label * (3 + 2 * k) + k) % 7 - 3) / 4 for k in range(count)] for label in _list_numbers(part)]
        parts.append(
            Part(features=part.features, labels=[[float(y > 0) for y in row] if answers else row for row in rows])
        )
    return Data(train=parts[0], test=parts[1], shape=data.shape, classes=0, code="f")


def _list_numbers(part: Part) -> list[int]:
    return [label for label in part.labels if isinstance(label, int)]


def make_run(data: Data, outputs: int, loss: str = "", **changes: Any) -> Variation:  # noqa: ANN401 - of any kind
    """Return a run on small data with a loss."""
    variation = vary(data, dense(6), RELU, dense(outputs), **changes)
    if loss:
        variation.settings["training"]["loss"] = loss
    return variation


_CLASSES, _TWO = draw_data((5,), code="f", samples=(11, 6)), draw_data((5,), 2, code="f", samples=(11, 6))
_ERROR, _BINARY = "mean-squared-error", "binary-cross-entropy"
_RULES: dict[str, dict[str, Any]] = {
    "sgd, decay": {"weight_decay": 0.03},
    "sgd, clipped": {"clip_norm": 0.1},
    "sgd, clipped, large steps": {"clip_norm": 0.9, "learning_rate": 5.0, "epochs": 5},
    "momentum, decay, warm-up": {"name": "momentum", "learning_rate": 2.0, "weight_decay": 0.03, "warmup_steps": 5},
    "nesterov": {"name": "nesterov", "momentum": 0.7, "schedule": "cosine", "epochs": 5},
    "nesterov, large steps": {"name": "nesterov", "learning_rate": 3.0, "epochs": 4},
    "nesterov, decay, clipped": {"name": "nesterov", "weight_decay": 0.03, "clip_norm": 0.2},
    "adam, decay, clipped": {"name": "adam", "learning_rate": 0.05, "weight_decay": 0.03, "clip_norm": 0.2},
    "adamw": {"name": "adamw", "learning_rate": 0.05, "weight_decay": 0.1, "warmup_steps": 3},
    "adamw without decay": {"name": "adamw", "learning_rate": 0.05},
}
RULES: dict[str, Variation] = {}
for _precision in ("f32", "f64"):
    RULES |= {
        f"{_name}, {_precision}": make_run(_CLASSES, 3, **{"precision": _precision, **_changes})
        for _name, _changes in _RULES.items()
    }
    RULES |= {
        f"one target, {_precision}": make_run(draw_targets(1), 1, _ERROR, precision=_precision, learning_rate=1e-5),
        f"targets, {_precision}": make_run(draw_targets(3), 3, _ERROR, precision=_precision, learning_rate=1e-5),
        f"two classes, {_precision}": make_run(_TWO, 1, _BINARY, precision=_precision),
        f"answers, {_precision}": make_run(draw_targets(5, answers=True), 5, _BINARY, precision=_precision),
    }
