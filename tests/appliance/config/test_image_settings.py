"""Settings of the layers for images."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.config import parse_settings
from appliance.config.image_layers import AveragePoolConfig, Conv2dConfig, FlattenConfig, MaxPoolConfig
from appliance.errors import ConfigurationError
from support.networks import make_config


def parse_layer(**table: Any) -> Any:  # noqa: ANN401 - any settings
    """Return the settings of one layer, read from its table, with a dense layer behind it."""
    settings = make_config().settings()
    tables = [table, {"kind": "flatten"}, {"kind": "dense", "units": 10}]
    return parse_settings({**settings, "model": {"layers": tables}}, where="a test")


def test_one_number_stands_for_both() -> None:
    """Both ways to write a square kernel are the same settings, with the same digest."""
    one, two = parse_layer(kind="conv2d", channels=3, kernel=5), parse_layer(kind="conv2d", channels=3, kernel=[5, 5])
    assert one == two
    assert one.digest() == two.digest()
    assert one.settings()["model"]["layers"][0] == {"kind": "conv2d", "channels": 3, "kernel": 5}
    other = parse_layer(kind="conv2d", channels=3, kernel=[5, 3], stride=[1, 1], padding=[0, 1])
    assert other.settings()["model"]["layers"][0] == {
        "kind": "conv2d",
        "channels": 3,
        "kernel": [5, 3],
        "padding": [0, 1],
    }
    assert parse_settings(other.settings(), where="a test") == other


@pytest.mark.parametrize(
    "table",
    [
        {"kind": "conv2d", "channels": 3},
        {"kind": "conv2d", "channels": 3, "kernel": 0},
        {"kind": "conv2d", "channels": 3, "kernel": [3]},
        {"kind": "conv2d", "channels": 3, "kernel": [3, 3, 3]},
        {"kind": "conv2d", "channels": 3, "kernel": [3, "3"]},
        {"kind": "conv2d", "channels": 3, "kernel": 3, "stride": 0},
        {"kind": "conv2d", "channels": 3, "kernel": 3, "padding": -1},
        {"kind": "conv2d", "channels": 3, "kernel": True},
        {"kind": "max_pool"},
        {"kind": "max_pool", "kernel": 2.0},
        {"kind": "flatten", "kernel": 2},
    ],
)
def test_settings_that_cannot_be_are_refused(table: dict[str, Any]) -> None:
    """The error names the key."""
    with pytest.raises(ConfigurationError) as caught:
        parse_layer(**table)
    assert "model.layers[0]" in str(caught.value.where)


@pytest.mark.parametrize(
    ("settings", "inputs", "outputs", "parameters"),
    [
        (Conv2dConfig(channels=6, kernel=5, padding=2), (28, 28), (6, 28, 28), 156),
        (Conv2dConfig(channels=16, kernel=5), (6, 14, 14), (16, 10, 10), 2416),
        (Conv2dConfig(channels=2, kernel=[3, 2], stride=2), (1, 8, 8), (2, 3, 4), 14),
        (MaxPoolConfig(kernel=2), (6, 29, 28), (6, 14, 14), 0),
        (MaxPoolConfig(kernel=3, stride=2), (28, 28), (1, 13, 13), 0),
        (AveragePoolConfig(), (7, 5, 6), (7, 1, 1), 0),
        (FlattenConfig(), (16, 5, 5), (400,), 0),
        (Conv2dConfig(channels=6, kernel=5), None, None, 156),
        (Conv2dConfig(channels=6, kernel=5), (784,), None, 156),
        (MaxPoolConfig(kernel=9), (3, 3), None, 0),
        (FlattenConfig(), None, None, 0),
    ],
)
def test_shapes_and_parameters_are_counted(settings: Any, inputs: Any, outputs: Any, parameters: int) -> None:  # noqa: ANN401
    """Before any data is there; where a shape is not known, the smallest number of parameters."""
    assert settings.find_outputs(inputs) == outputs
    assert settings.count_parameters(inputs) == parameters
