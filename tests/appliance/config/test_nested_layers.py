"""Layers inside layers in a file: read, written, hashed, and refused with the path of the mistake."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.config import load_config, parse_settings
from appliance.config.sequence_layers import ResidualConfig
from appliance.config.template import make_template
from appliance.errors import ConfigurationError
from verify.files.settings import format_settings

_INNER = [{"kind": "layer_norm"}, {"kind": "residual", "layers": [{"kind": "dense", "units": 4}, {"kind": "tanh"}]}]
_LAYERS = [{"kind": "dense", "units": 4}, {"kind": "residual", "layers": _INNER}, {"kind": "dense", "units": 3}]


def make_settings(layers: object) -> dict[str, Any]:
    """Return settings with these layers."""
    return {**load_config("smoke").settings(), "model": {"layers": layers}}


def test_nested_layers_are_read_and_written() -> None:
    """What is written is what was read, without defaults; the digest depends on inner layers."""
    config = parse_settings(make_settings(_LAYERS), where="test")
    block = config.model.layers[1]
    assert isinstance(block, ResidualConfig)
    assert [layer.tag for layer in block.inner] == ["layer_norm", "residual"]
    assert config.settings()["model"]["layers"] == _LAYERS
    changed = [_LAYERS[0], {"kind": "residual", "layers": [{"kind": "layer_norm", "epsilon": 0.1}]}, _LAYERS[2]]
    assert parse_settings(make_settings(changed), where="test").digest() != config.digest()


def nest(depth: int) -> dict[str, Any]:
    """Return a residual connection that many deep."""
    layer: dict[str, Any] = {"kind": "dense", "units": 3}
    for _ in range(depth):
        layer = {"kind": "residual", "layers": [layer]}
    return layer


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        ({"kind": "residual"}, "model.layers[0].layers"),
        ({"kind": "residual", "layers": []}, "model.layers[0].layers"),
        ({"kind": "residual", "layers": 3}, "model.layers[0].layers"),
        ({"kind": "residual", "layers": [{"kind": "dense"}]}, "model.layers[0].layers[0].units"),
        ({"kind": "residual", "layers": [{"kind": "lstm"}]}, "model.layers[0].layers[0].kind"),
        ({"kind": "residual", "layers": [4]}, "model.layers[0].layers[0].kind"),
        ({"kind": "residual", "layers": [{"kind": "tanh"}], "units": 3}, "model.layers[0].units"),
        ({"kind": "tanh", "layers": [{"kind": "tanh"}]}, "model.layers[0].layers"),
        ({"kind": "dropout", "rate": 1.0}, "model.layers[0].rate"),
        ({"kind": "attention"}, "model.layers[0].heads"),
        ({"kind": "batch_norm", "momentum": 0.0}, "model.layers[0].momentum"),
        (nest(9), "at most 8 deep"),
        (nest(300), "at most 8 deep"),
    ],
)
def test_mistakes_are_named_with_their_path(layer: dict[str, Any], says: str) -> None:
    """One error that names the key."""
    with pytest.raises(ConfigurationError) as found:
        parse_settings(make_settings([layer, {"kind": "dense", "units": 3}]), where="test")
    assert says in str(found.value)


def test_the_deepest_nesting_is_read() -> None:
    """A control of the limit."""
    config = parse_settings(make_settings([nest(8), {"kind": "dense", "units": 3}]), where="test")
    assert config.model.layers[0].inner


@pytest.mark.parametrize("name", ["transformer-small", "digits-transformer"])
def test_configurations_with_nested_layers_are_written_as_toml(name: str, tmp_path: Any) -> None:  # noqa: ANN401 - a path
    """The text of the settings and a template that begins with them read back the same."""
    config = load_config(name)
    for text in (format_settings(config.settings()), make_template(name, name)):
        path = tmp_path / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        assert load_config(str(path)) == config
