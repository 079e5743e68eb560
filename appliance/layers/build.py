"""From the settings of layers to layers: the one place that knows all kinds."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from appliance.config.layers import DenseConfig, ReluConfig
from appliance.errors import ConfigurationError
from appliance.layers.dense import NativeDense, PortableDense
from appliance.layers.relu import NativeRelu, PortableRelu

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config.layers import LayerConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import InputSpec, Layer


def build_layers(
    settings: Sequence[LayerConfig], inputs: InputSpec, builder: Builder, *, portable: bool
) -> tuple[list[Layer], InputSpec]:
    """Return the layers in order, each built for the output of the one before, and the specification of the output.

    A layer is named after its kind and its number among the layers of that kind: "dense_1", "relu_1", "dense_2".
    """
    layers: list[Layer] = []
    counts: Counter[str] = Counter()
    for kind in settings:
        counts[kind.tag] += 1
        name, weighted = f"{kind.tag}_{counts[kind.tag]}", 1 + len([layer for layer in layers if layer.parameters()])
        layer, inputs = _build_layer(kind, name, weighted, inputs, builder, portable=portable)
        layers.append(layer)
    return layers, inputs


def _build_layer(
    settings: LayerConfig, name: str, number: int, inputs: InputSpec, builder: Builder, *, portable: bool
) -> tuple[Layer, InputSpec]:
    """Return one layer; `number` counts the layers with parameters, from 1, and keys the initial parameters."""
    if isinstance(settings, DenseConfig):
        dense = PortableDense if portable else NativeDense
        return dense.build(settings, name, number, inputs, builder)
    if isinstance(settings, ReluConfig):
        relu = PortableRelu if portable else NativeRelu
        return relu.build(name, inputs, builder)
    raise ConfigurationError("there is no layer for these settings", found=settings.tag)
