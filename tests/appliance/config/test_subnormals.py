"""Settings whose float32 results depend on subnormal numbers are refused, with the reason."""

from __future__ import annotations

import pytest

from appliance.config import load_config, parse_settings
from appliance.errors import ConfigurationError


def parse(optimizer: dict[str, object], precision: str = "f32", epochs: int = 2) -> object:
    """Return the configuration `smoke` with another optimizer."""
    settings = load_config("smoke").settings()
    settings["precision"], settings["training"]["epochs"] = precision, epochs
    return parse_settings({**settings, "optimizer": {"learning_rate": 0.1, **optimizer}}, where="test")


@pytest.mark.parametrize(
    ("optimizer", "epochs", "says"),
    [
        ({"name": "adam", "epsilon": 1e-31}, 2, "epsilon"),
        ({"name": "adam", "epsilon": 1e-45}, 2, "epsilon"),
        ({"name": "momentum", "learning_rate": 1e-8}, 2, "learning_rate"),
        ({"name": "momentum", "learning_rate": 1e-7, "schedule": "linear"}, 100, "learning_rate"),
        ({"name": "momentum", "schedule": "step", "step_factor": 0.1}, 9, "learning_rate"),
        ({"name": "sgd", "learning_rate": 1e-13}, 2, "learning_rate"),
        ({"name": "nesterov", "learning_rate": 1e-8}, 2, "learning_rate"),
        ({"name": "adamw", "learning_rate": 1e-31}, 2, "learning_rate"),
        ({"name": "momentum", "learning_rate": 1e-3, "schedule": "cosine"}, 10**4, "learning_rate"),
        ({"name": "momentum", "learning_rate": 1e-3, "warmup_steps": 10**6}, 2, "learning_rate"),
        ({"name": "adam", "weight_decay": 1e-31}, 2, "weight_decay"),
        ({"name": "sgd", "clip_norm": 1e-13}, 2, "clip_norm"),
        ({"name": "sgd", "schedule": "step", "step_factor": 0.5}, 10**6, "learning_rate"),
    ],
)
def test_too_small_settings_are_refused(optimizer: dict[str, object], epochs: int, says: str) -> None:
    """Also where a schedule makes the rate small in the end; float64 has room for all of them."""
    with pytest.raises(ConfigurationError, match="too small for float32") as caught:
        parse(optimizer, epochs=epochs)
    assert says in str(caught.value.where)
    assert "not every machine keeps" in str(caught.value.expected)
    parse(optimizer, "f64", epochs)


def test_usual_settings_are_accepted() -> None:
    """The limits are far from what anybody uses."""
    parse({"name": "adam", "epsilon": 1e-16})
    parse({"name": "momentum", "learning_rate": 1e-6})
    parse({"name": "sgd", "learning_rate": 1e-9, "weight_decay": 1e-9, "clip_norm": 1e-9})
    parse({"name": "adamw", "weight_decay": 0.5, "schedule": "cosine", "warmup_steps": 1000})


def test_a_decay_that_turns_parameters_is_refused() -> None:
    """AdamW multiplies by 1 - rate * decay, which must stay above zero; other rules take any decay below 1."""
    with pytest.raises(ConfigurationError, match="larger than the parameters") as caught:
        parse({"name": "adamw", "learning_rate": 2.0, "weight_decay": 0.5})
    assert "optimizer.weight_decay" in str(caught.value.where)
    parse({"name": "adam", "learning_rate": 2.0, "weight_decay": 0.5})
