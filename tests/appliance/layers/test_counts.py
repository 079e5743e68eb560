"""The settings of a layer count the parameters that the layer has: no kind is forgotten, none counts as nothing."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from appliance.config.activation_layers import GeluConfig, ReluConfig, SigmoidConfig, TanhConfig
from appliance.config.image_layers import AveragePoolConfig, Conv2dConfig, FlattenConfig, MaxPoolConfig
from appliance.config.layer_settings import LayerSettings, count_layer_parameters, find_layer_outputs
from appliance.config.layers import LAYERS, DenseConfig, ModelConfig
from appliance.config.limits import MOST_PARAMETERS
from appliance.config.norm_layers import BatchNormConfig, DropoutConfig, LayerNormConfig
from appliance.config.sequence_layers import (
    AttentionConfig,
    EmbeddingConfig,
    MeanPositionsConfig,
    PositionsConfig,
    ResidualConfig,
)
from appliance.layers.build import build_layers
from appliance.layers.layer import InputSpec, walk
from appliance.numerics.formats import FORMATS

_FEATURES, _SEQUENCE, _IMAGE = (11,), (3, 6), (2, 7, 6)
_DENSE, _WIDE = DenseConfig(units=7), DenseConfig(units=6, per_position=True)
_CONV = Conv2dConfig(channels=3, kernel=(3, 2), padding=1)
# An example of each kind with the shape of a sample that it takes.
_EXAMPLES: dict[str, tuple[LayerSettings, tuple[int, ...]]] = {
    "dense": (_DENSE, _FEATURES),
    "conv2d": (_CONV, _IMAGE),
    "max_pool": (MaxPoolConfig(kernel=2), _IMAGE),
    "average_pool": (AveragePoolConfig(), _IMAGE),
    "flatten": (FlattenConfig(), _IMAGE),
    "relu": (ReluConfig(), _FEATURES),
    "tanh": (TanhConfig(), _FEATURES),
    "sigmoid": (SigmoidConfig(), _FEATURES),
    "gelu": (GeluConfig(), _FEATURES),
    "dropout": (DropoutConfig(), _FEATURES),
    "batch_norm": (BatchNormConfig(), _FEATURES),
    "layer_norm": (LayerNormConfig(), _SEQUENCE),
    "embedding": (EmbeddingConfig(entries=9, units=4), _FEATURES),
    "positions": (PositionsConfig(), _SEQUENCE),
    "attention": (AttentionConfig(heads=2), _SEQUENCE),
    "mean_positions": (MeanPositionsConfig(), _SEQUENCE),
    "residual": (ResidualConfig(layers=(LayerNormConfig(), _WIDE)), _SEQUENCE),
}


def count_built(model: ModelConfig, shape: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """Return the number of parameters of the layers that are built, and the shape of their output."""
    inputs = InputSpec(shape=shape, bits=8, is_data=True)
    layers, outputs = build_layers(model.layers, inputs, fmt=FORMATS["f64"], seed=1, portable=True)
    return sum(array.size for layer in walk(layers) for array in layer.parameters().values()), outputs.shape


def _list_ends(shape: tuple[int, ...]) -> list[LayerSettings]:
    return [FlattenConfig(), _DENSE] if len(shape) == len(_IMAGE) else [_DENSE]


def test_every_kind_has_an_example() -> None:
    """A kind that is added to the table is counted in this file, too."""
    assert _EXAMPLES.keys() == LAYERS.keys()


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("before", [(), ("dense",), ("relu", "dense")])
def test_settings_count_what_is_built(kind: str, before: tuple[str, ...]) -> None:
    """Parameters and shape are those of the layer, wherever it stands; an embedding always comes first."""
    example, shape = _EXAMPLES[kind]
    weights: LayerSettings = {len(_FEATURES): _DENSE, len(_SEQUENCE): _WIDE, len(_IMAGE): _CONV}[len(shape)]
    known: dict[str, LayerSettings] = {"relu": ReluConfig(), "dense": weights}
    layers: Any = (*(known[name] for name in before if kind != "embedding"), example, *_list_ends(shape))
    parameters, outputs = count_built(ModelConfig(layers=layers), shape)
    assert count_layer_parameters(layers, shape) == parameters
    assert find_layer_outputs(layers, shape) == outputs


def test_samples_of_any_shape_are_counted() -> None:
    """A dense layer reads an image as one row."""
    assert DenseConfig(units=3).count_parameters((4, 5)) == 4 * 5 * 3 + 3


def test_without_inputs_the_first_weights_are_not_counted() -> None:
    """Settings that leave the number of inputs to the data count no more than there is for any data."""
    assert ModelConfig(layers=(DenseConfig(units=3), DenseConfig(units=2))).count_parameters() == 3 + (3 * 2 + 2)


@attrs.frozen(kw_only=True)
class _Large(LayerSettings):
    """A new kind of layer with too many parameters."""

    def count_parameters(self, inputs: tuple[int, ...] | None) -> int:  # noqa: ARG002 - always too many
        return MOST_PARAMETERS + 1

    def find_outputs(self, inputs: tuple[int, ...] | None) -> tuple[int, ...] | None:
        return inputs


def test_parameters_of_a_new_kind_count() -> None:
    """The limit is for all parameters, not for those of dense layers."""
    layers: Any = (_Large(), DenseConfig(units=3))
    with pytest.raises(ValueError, match="parameters, at most"):
        ModelConfig(layers=layers, inputs=4)


def test_a_kind_that_does_not_count_cannot_be_used() -> None:
    """Settings without the two methods are a programming error at once, not a layer without parameters."""

    class Silent(LayerSettings):
        """Forgets to count."""

    silent: Any = Silent
    with pytest.raises(TypeError, match="count_parameters"):
        silent()
