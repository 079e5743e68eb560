"""The growth rule: new settings leave the digests of earlier configurations alone."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from attrs import validators as v

from appliance.config import DenseConfig, ReluConfig, TrainingConfig, list_configs, load_config, parse_settings
from appliance.config.growth import newer
from appliance.errors import ConfigurationError

DIGESTS = {
    "adam": "sha256:091302e78dc64318cc52facc6b3633c0c9a99c365e899b976176103f1ed80a5e",
    "baseline-f64": "sha256:a5770a959cc22d41579cf7778fa0855df717b50b0f80a3c0658b16297429d389",
    "baseline": "sha256:0a340b8b00fedd22b5a2a1c32fb7b0e361f74c0e0692ca947dd7dcb182f91d52",
    "deep-momentum": "sha256:2b754cdf82b9ad0d6e93238fc6711aebc5e66d679579bc9025954e7b94eecfe8",
    "fashion-mlp": "sha256:056eeee81b25011471f6fce0c91797b33172bcbdae20cd15c80eb87952294802",
    "mnist-mlp": "sha256:00e50598ae63766eee3c7cda4c5cd87c1e848555c35e06e00f999263fcb589a6",
    "smoke-f64": "sha256:2fa8a63727429943ea2c4d4b31cd9eb63d837f360b5c95ee9298096768a949e6",
    "smoke": "sha256:d01dc4a17978fd4d6f41d3661a93ca65bc02542c1c11aa9c1ff6b7039665c15b",
    "wide": "sha256:304f514a4e99789ce831d10e246e14edaf989e3298b40fd3fc930b0ad13f4480",
}


@attrs.frozen(kw_only=True)
class GrownConfig(TrainingConfig):
    """The section `training` with a setting that is newer than config/1."""

    clip: float = newer(default=0.0, validator=v.ge(0.0))


def grow(name: str, **settings: Any) -> str:  # noqa: ANN401 - of any type
    """Return the digest of a named configuration with the extended section `training`."""
    config = load_config(name)
    training = config.training
    grown = GrownConfig(epochs=training.epochs, batch_size=training.batch_size, **settings)
    return attrs.evolve(config, training=grown).digest()


def test_digests_are_those_of_config_1() -> None:
    """The digests in existing goldens do not change."""
    assert DIGESTS.keys() <= set(list_configs())
    assert {name: load_config(name).digest() for name in DIGESTS} == DIGESTS


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_a_new_setting_with_its_default_leaves_the_digest_alone(name: str) -> None:
    """A planted setting is left out while it has its default, and is hashed when it has not."""
    assert grow(name) == DIGESTS[name]
    assert grow(name, clip=1.0) != DIGESTS[name]


def test_a_new_setting_needs_a_default() -> None:
    """Without one there would be nothing to leave out."""
    with pytest.raises(TypeError, match="default"):
        newer(validator=v.ge(0.0))


def make_settings(layers: object, **optimizer: object) -> dict[str, object]:
    """Return settings with these layers and this optimizer."""
    settings = load_config("smoke").settings()
    return {**settings, "model": {"layers": layers}, "optimizer": {"name": "sgd", "learning_rate": 0.1, **optimizer}}


def test_layers_can_be_tables() -> None:
    """A list of tables names each layer; it reads back, and is another configuration than the short form."""
    tables = [{"kind": "dense", "units": 16}, {"kind": "relu"}, {"kind": "dense", "units": 10}]
    config = parse_settings(make_settings(tables), where="test")
    assert config.model.layers == (DenseConfig(units=16), ReluConfig(), DenseConfig(units=10))
    assert config.settings()["model"] == {"layers": tables}
    assert parse_settings(config.settings(), where="test") == config
    short = parse_settings(make_settings([784, 16, 10]), where="test")
    assert short.model.layers == config.model.layers
    assert short.settings()["model"] == {"layers": [784, 16, 10]}


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        ([{"kind": "conv9", "units": 3}], 'expected   "dense", "relu", '),
        ([{"units": 3}], "kind"),
        ([{"kind": "dense"}], "units"),
        ([{"kind": "dense", "units": 0}], "units"),
        ([{"kind": "relu", "units": 3}], "units"),
        ([784, {"kind": "relu"}], "kind"),
        ([], "layers"),
        (7, "layers"),
    ],
)
def test_wrong_layers_are_named(layers: object, says: str) -> None:
    """Each mistake in a table of a layer is refused with the setting's name."""
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(make_settings(layers), where="test")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("optimizer", "says"),
    [
        ({"name": "rmsprop"}, '"sgd", "momentum", "nesterov", "adam"'),
        ({"beta1": 0.5}, "no such key with the optimizer sgd"),
        ({"schedule": "triangle"}, '"constant", "step", "linear" or "cosine"'),
        ({"step_factor": 0.25}, "optimizer.step_factor"),
        ({"warmup": 3}, "warmup"),
    ],
)
def test_wrong_optimizers_are_named(optimizer: dict[str, object], says: str) -> None:
    """Unknown names, and settings that the optimizer or the schedule does not have, are refused."""
    with pytest.raises(ConfigurationError) as caught:
        parse_settings(make_settings([784, 10], **optimizer), where="test")
    assert says in str(caught.value)
