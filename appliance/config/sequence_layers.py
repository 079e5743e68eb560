"""Settings of layers for sequences: embedding, positions, attention, their mean; and residual connections.

Part of bits 2. A sample of a sequence has the shape (positions, units).
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar

import attrs

from appliance.config.growth import newer
from appliance.config.layer_settings import LayerSettings, Shape, count_layer_parameters, find_layer_outputs
from appliance.config.limits import LARGEST_WIDTH, MOST_LAYERS, Limit, about, count, flag

if TYPE_CHECKING:
    from collections.abc import Iterable


@attrs.frozen(kw_only=True)
class EmbeddingConfig(LayerSettings):
    """A learned vector for each token: the data holds whole numbers, each the number of an entry."""

    tag: ClassVar[str] = "embedding"
    entries: int = attrs.field(
        validator=count(1, LARGEST_WIDTH), metadata=about("number of different tokens; tokens count from 0")
    )
    units: int = attrs.field(validator=count(1, LARGEST_WIDTH), metadata=about("length of each vector"))

    def count_parameters(self, inputs: Shape) -> int:  # noqa: ARG002 - the same for any shape
        """Return the size of the table."""
        return self.entries * self.units

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return one position for each value of a sample."""
        return None if inputs is None else (prod(inputs), self.units)

    @property
    def needs_accurate_products(self) -> bool:
        """Gradients of rare tokens are small beside others."""
        return True


@attrs.frozen(kw_only=True)
class PositionsConfig(LayerSettings):
    """A learned vector for each position, which is added."""

    tag: ClassVar[str] = "positions"

    def count_parameters(self, inputs: Shape) -> int:
        """Return one parameter for each value of a sample."""
        return 1 if inputs is None else prod(inputs)

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the input."""
        return inputs


@attrs.frozen(kw_only=True)
class AttentionConfig(LayerSettings):
    """Multi-head self-attention; its products are accurate."""

    tag: ClassVar[str] = "attention"
    heads: int = attrs.field(
        validator=count(1, LARGEST_WIDTH), metadata=about("number of heads; it divides the length of the vectors")
    )
    causal: bool = newer(
        default=False,
        validator=flag(),
        metadata=about("a position attends to itself and to earlier ones only"),
    )

    def count_parameters(self, inputs: Shape) -> int:
        """Return the number of weights and biases of four projections."""
        units = self.heads if inputs is None else inputs[-1]
        return 4 * (units * units + units)

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the input."""
        return inputs

    @property
    def needs_accurate_products(self) -> bool:
        """Rows of attention have few large entries and many small ones."""
        return True


@attrs.frozen(kw_only=True)
class MeanPositionsConfig(LayerSettings):
    """The mean of a sequence over its positions."""

    tag: ClassVar[str] = "mean_positions"

    def count_parameters(self, inputs: Shape) -> int:  # noqa: ARG002 - none for any shape
        """Return 0."""
        return 0

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return one vector."""
        return None if inputs is None else (inputs[-1],)


def _make_tuple(layers: Iterable[LayerSettings]) -> tuple[LayerSettings, ...]:
    return tuple(layers)


@attrs.frozen(kw_only=True)
class ResidualConfig(LayerSettings):
    """Layers with a connection around them: their output is added to their input."""

    tag: ClassVar[str] = "residual"
    layers: tuple[LayerSettings, ...] = attrs.field(
        converter=_make_tuple,
        validator=Limit(f"1 to {MOST_LAYERS} layers", lambda layers: 1 <= len(layers) <= MOST_LAYERS),
        metadata=about("a table for each layer; the last one gives the shape that the first one takes"),
    )

    def count_parameters(self, inputs: Shape) -> int:
        """Return the number of parameters of all layers."""
        return count_layer_parameters(self.layers, inputs)

    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the input."""
        return find_layer_outputs(self.layers, inputs) if inputs is None else inputs

    @property
    def inner(self) -> tuple[LayerSettings, ...]:
        """The layers."""
        return self.layers
