"""What the settings of every layer must tell.

Part of bits 2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, cast

from appliance.config.growth import write_section

if TYPE_CHECKING:
    from collections.abc import Sequence

    import attrs

Shape = tuple[int, ...] | None  # of one sample; None where a file does not state it

PRODUCT = "kind of products; left out: accurate in networks with attention or an embedding, else fast"


class LayerSettings(ABC):
    """What the settings of every layer must tell: without these methods there is no such layer."""

    tag: ClassVar[str]

    @abstractmethod
    def count_parameters(self, inputs: Shape) -> int:
        """Return the number of parameters for inputs of this shape; the smallest possible one if it is not known."""

    @abstractmethod
    def find_outputs(self, inputs: Shape) -> Shape:
        """Return the shape of the output for inputs of this shape."""

    @property
    def stem(self) -> str:
        """The name of such a layer in a network, before its number."""
        return self.tag

    @property
    def inner(self) -> tuple[LayerSettings, ...]:
        """The settings of the layers inside this one."""
        return ()

    @property
    def needs_accurate_products(self) -> bool:
        """Whether the products of a network with this layer are accurate, unless a layer says otherwise."""
        return any(layer.needs_accurate_products for layer in self.inner)

    def settings(self) -> dict[str, Any]:
        """Return the settings as they stand in a file: a table with the kind of the layer."""
        inner = {"layers": [layer.settings() for layer in self.inner]} if self.inner else {}
        return {"kind": self.tag, **write_section(cast("attrs.AttrsInstance", self)), **inner}


def count_layer_parameters(layers: Sequence[LayerSettings], inputs: Shape) -> int:
    """Return the number of parameters of layers, one after the other; the smallest possible one if it is not known."""
    total = 0
    for layer in layers:
        total += layer.count_parameters(inputs)
        inputs = layer.find_outputs(inputs)
    return total


def find_layer_outputs(layers: Sequence[LayerSettings], inputs: Shape) -> Shape:
    """Return the shape of the last output of layers, one after the other."""
    for layer in layers:
        inputs = layer.find_outputs(inputs)
    return inputs
