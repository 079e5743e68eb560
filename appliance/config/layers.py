"""Settings of layers: one class for each kind, named by its tag.

Part of bits 2.
"""

from __future__ import annotations

from itertools import chain, pairwise
from math import prod
from typing import Any, ClassVar

import attrs

from appliance.config.activation_layers import GeluConfig, ReluConfig, SigmoidConfig, TanhConfig
from appliance.config.growth import newer
from appliance.config.image_layers import AveragePoolConfig, Conv2dConfig, FlattenConfig, MaxPoolConfig
from appliance.config.layer_settings import PRODUCT, LayerSettings, Shape, count_layer_parameters
from appliance.config.limits import (
    LARGEST_WIDTH,
    MOST_LAYERS,
    MOST_PARAMETERS,
    Limit,
    about,
    choice,
    count,
    flag,
)
from appliance.config.norm_layers import BatchNormConfig, DropoutConfig, LayerNormConfig
from appliance.config.sequence_layers import (
    AttentionConfig,
    EmbeddingConfig,
    MeanPositionsConfig,
    PositionsConfig,
    ResidualConfig,
)


@attrs.frozen(kw_only=True)
class DenseConfig(LayerSettings):
    """A dense layer with `units` outputs."""

    tag: ClassVar[str] = "dense"
    units: int = attrs.field(validator=count(1, LARGEST_WIDTH), metadata=about("number of outputs"))
    per_position: bool = newer(
        default=False,
        validator=flag(),
        metadata=about("apply the layer at every position of a sequence; false: to all values of a sample as one row"),
    )
    product: str = newer(default="", validator=choice("", "fast", "accurate"), metadata=about(PRODUCT))

    def count_parameters(self, inputs: Shape) -> int:
        """Return the number of weights and biases, or of biases."""
        if inputs is None:
            return self.units
        return (inputs[-1] if self.per_position else prod(inputs)) * self.units + self.units

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return one row of units, or one for each position."""
        if not self.per_position:
            return (self.units,)
        return None if inputs is None else (*inputs[:-1], self.units)


_WIDTH = count(1, LARGEST_WIDTH)
LayerConfig = LayerSettings
LAYERS: dict[str, type[LayerSettings]] = {
    kind.tag: kind
    for kind in (
        DenseConfig,
        ReluConfig,
        TanhConfig,
        SigmoidConfig,
        GeluConfig,
        Conv2dConfig,
        MaxPoolConfig,
        AveragePoolConfig,
        FlattenConfig,
        DropoutConfig,
        BatchNormConfig,
        LayerNormConfig,
        EmbeddingConfig,
        PositionsConfig,
        AttentionConfig,
        MeanPositionsConfig,
        ResidualConfig,
    )
}


@attrs.frozen(kw_only=True)
class ModelConfig:
    """The layers of a network, from the input to the output.

    In a file they are a list of tables, such as `{ kind = "dense", units = 10 }`, or in short a list of widths:
    `[784, 128, 10]` stands for 784 inputs, a dense layer of 128 units, a ReLU and a dense layer of 10 units.

    Attributes:
        layers: at least one.
        inputs: the number of input features, where the file states it; it must then be that of the data.
    """

    layers: tuple[LayerSettings, ...] = attrs.field(
        validator=Limit(f"1 to {MOST_LAYERS} layers", lambda layers: 1 <= len(layers) <= MOST_LAYERS),
        metadata=about("widths, inputs first, as in [784, 128, 10]; or a table for each layer (below)"),
    )
    inputs: int | None = attrs.field(
        default=None,
        validator=Limit(_WIDTH.words, lambda width: width is None or _WIDTH.allows(width)),
        metadata=about(
            "with tables: the number of input features, which must be that of the data; left out: as the data"
        ),
    )

    def __attrs_post_init__(self) -> None:
        found = self.count_parameters()
        if found > MOST_PARAMETERS:
            raise ValueError(f"layers have {found} parameters, at most {MOST_PARAMETERS} are allowed")

    def count_parameters(self) -> int:
        """Return the number of parameters of all layers; the smallest possible one where `inputs` is not stated."""
        shape: Shape = None if self.inputs is None else (self.inputs,)
        return count_layer_parameters(self.layers, shape)

    @property
    def widths(self) -> tuple[int, ...] | None:
        """The widths of a network that the short form can describe; None for any other."""
        dense = [layer for layer in self.layers if isinstance(layer, DenseConfig)]
        if self.inputs is None or list(self.layers) != _list_stack([layer.units for layer in dense]):
            return None
        return (self.inputs, *(layer.units for layer in dense))

    def settings(self) -> dict[str, Any]:
        """Return the settings as they stand in a file."""
        if self.widths is not None:
            return {"layers": list(self.widths)}
        tables = [layer.settings() for layer in self.layers]
        return {"layers": tables} if self.inputs is None else {"layers": tables, "inputs": self.inputs}


def _list_stack(units: list[int]) -> list[LayerSettings]:
    pairs: list[tuple[LayerSettings, LayerSettings]] = [(DenseConfig(units=width), ReluConfig()) for width in units]
    return list(chain.from_iterable(pairs))[:-1]


def make_stack(*widths: int) -> ModelConfig:
    """Return the model of dense layers with a ReLU between any two, from its widths, input first.

    Raises:
        ValueError: fewer than two widths, or one below 1.
    """
    for width in widths:
        if type(width) is not int or width < 1:
            raise ValueError(f"layers must be whole numbers of at least 1, found {width!r}")
        if width > LARGEST_WIDTH:
            raise ValueError(f"layers must be at most {LARGEST_WIDTH} wide, found {width}")
    if not list(pairwise(widths)):
        raise ValueError(f"layers must have at least two widths, found {len(widths)}")
    return ModelConfig(layers=tuple(_list_stack(list(widths[1:]))), inputs=widths[0])
