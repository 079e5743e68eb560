"""From the settings of layers to layers: the one place that knows all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.config.activation_layers import GeluConfig, ReluConfig, SigmoidConfig, TanhConfig
from appliance.config.image_layers import AveragePoolConfig, Conv2dConfig, FlattenConfig, MaxPoolConfig
from appliance.config.layers import DenseConfig
from appliance.config.norm_layers import BatchNormConfig, DropoutConfig, LayerNormConfig
from appliance.config.own import OwnLayer
from appliance.config.sequence_layers import (
    AttentionConfig,
    EmbeddingConfig,
    MeanPositionsConfig,
    PositionsConfig,
    ResidualConfig,
)
from appliance.errors import ConfigurationError
from appliance.layers.activations import (
    NativeGelu,
    NativeSigmoid,
    NativeTanh,
    PortableGelu,
    PortableSigmoid,
    PortableTanh,
)
from appliance.layers.attention import Attention
from appliance.layers.batch_norm import BatchNorm
from appliance.layers.builder import Builder
from appliance.layers.conv2d import PortableConv2d
from appliance.layers.dense import NativeDense, PortableDense
from appliance.layers.dropout import Dropout
from appliance.layers.embedding import Embedding
from appliance.layers.flatten import Flatten
from appliance.layers.layer_norm import LayerNorm
from appliance.layers.mean_positions import NativeMeanPositions, PortableMeanPositions
from appliance.layers.native_conv2d import NativeConv2d
from appliance.layers.own import GivenLayer
from appliance.layers.pooling import AveragePool, MaxPool
from appliance.layers.positions import Positions
from appliance.layers.relu import NativeRelu, PortableRelu
from appliance.layers.residual import Residual

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.config.layer_settings import LayerSettings
    from appliance.layers.layer import InputSpec, Layer
    from appliance.numerics.formats import Format

# For each kind of settings the portable and the native layer; both have a class method `build` with the arguments of
# `_build_layer`.
_KINDS: Mapping[type[Any], tuple[Any, Any]] = {
    DenseConfig: (PortableDense, NativeDense),
    Conv2dConfig: (PortableConv2d, NativeConv2d),
    MaxPoolConfig: (MaxPool, MaxPool),
    AveragePoolConfig: (AveragePool, AveragePool),
    FlattenConfig: (Flatten, Flatten),
    ReluConfig: (PortableRelu, NativeRelu),
    TanhConfig: (PortableTanh, NativeTanh),
    SigmoidConfig: (PortableSigmoid, NativeSigmoid),
    GeluConfig: (PortableGelu, NativeGelu),
    DropoutConfig: (Dropout, Dropout),
    BatchNormConfig: (BatchNorm, BatchNorm),
    LayerNormConfig: (LayerNorm, LayerNorm),
    EmbeddingConfig: (Embedding, Embedding),
    PositionsConfig: (Positions, Positions),
    AttentionConfig: (Attention, Attention),
    MeanPositionsConfig: (PortableMeanPositions, NativeMeanPositions),
    ResidualConfig: (Residual, Residual),
    OwnLayer: (GivenLayer, GivenLayer),
}
# Logits of more classes than this get accurate products: the gradients of most of them are small.
_MOST_CLASSES = 256


def build_layers(
    settings: Sequence[LayerSettings], inputs: InputSpec, *, fmt: Format, seed: int, portable: bool
) -> tuple[list[Layer], InputSpec]:
    """Return the layers of a network, and the specification of its output.

    Args:
        settings: in forward order.
        inputs: the specification of a sample.
        fmt: the number format.
        seed: of initial parameters.
        portable: portable arithmetic; False for plain NumPy.
    """
    accurate = any(layer.needs_accurate_products for layer in settings)
    builder = Builder(fmt=fmt, seed=seed, portable=portable, accurate=accurate, build=_build_layer)
    last = settings[-1]
    if isinstance(last, DenseConfig) and last.units > _MOST_CLASSES and not last.product:
        settings = [*settings[:-1], DenseConfig(units=last.units, per_position=last.per_position, product="accurate")]
    return builder.build(settings, inputs)


def _build_layer(settings: LayerSettings, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
    found = next((layers for kind, layers in _KINDS.items() if isinstance(settings, kind)), None)
    if found is None:
        raise ConfigurationError("there is no layer for these settings", found=settings.tag)
    layer: tuple[Layer, InputSpec] = found[0 if builder.portable else 1].build(settings, name, inputs, builder)
    return layer
