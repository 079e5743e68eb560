"""What layers are built with: the number format, the kind of products, and the seed of their initial parameters.

Part of bits 2.
"""

from __future__ import annotations

from collections import Counter
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from appliance.numerics.formats import find_kind
from appliance.streams import draw_uniform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.config.layer_settings import LayerSettings
    from appliance.layers.layer import Floats, InputSpec, Layer
    from appliance.numerics.formats import Format, Kind

    Build = Callable[[LayerSettings, str, InputSpec, "Builder"], tuple[Layer, InputSpec]]


class Builder:
    """Builds the layers of one network.

    Args:
        fmt: the number format.
        seed: the seed of initial parameters.
        portable: portable arithmetic; False for plain NumPy.
        accurate: whether products are accurate unless a layer's settings say otherwise.
        build: makes one layer from its settings and its name.

    Attributes:
        fmt, seed, portable: as given.
    """

    def __init__(self, *, fmt: Format, seed: int, portable: bool, accurate: bool, build: Build) -> None:
        self.fmt = fmt
        self.seed = seed
        self.portable = portable
        self._accurate = accurate
        self._build = build
        self._counts: Counter[str] = Counter()
        self._drawn = 0

    def build(self, settings: Sequence[LayerSettings], inputs: InputSpec) -> tuple[list[Layer], InputSpec]:
        """Return layers in order, each built for the output of the one before, and the specification of the output.

        A layer is named after its kind and its number among the layers of that kind, inner layers included:
        "dense_1", "relu_1", "dense_2".
        """
        layers: list[Layer] = []
        for kind in settings:
            self._counts[kind.stem] += 1
            layer, inputs = self._build(kind, f"{kind.stem}_{self._counts[kind.stem]}", inputs, self)
            layers.append(layer)
        return layers, inputs

    def find_kind(self, product: str) -> Kind:
        """Return the kind of products for the setting `product` of a layer: "fast", "accurate" or empty."""
        return find_kind(self.fmt, accurate=product == "accurate" or (not product and self._accurate))

    def draw_weight(self, fan_in: int, width: int) -> Floats:
        """Return an initial weight (fan_in, width), each call with the next number, counted from 1.

        Uniform in +-sqrt(6 / fan_in) (He et al., ICCV 2015), drawn in float64 from the stream "init" with the number
        as its index, then rounded to the format.
        """
        self._drawn += 1
        uniform = draw_uniform(fan_in * width, self.seed, "init", self._drawn).reshape(fan_in, width)
        values = (uniform * 2.0 - 1.0) * np.sqrt(np.float64(6.0) / np.float64(fan_in))
        return np.asarray(values.astype(self.fmt.dtype))

    def draw_table(self, entries: int, units: int) -> Floats:
        """Return initial vectors (entries, units): the transpose of a drawn weight (units, entries)."""
        return np.ascontiguousarray(self.draw_weight(units, entries).T)

    def draw_uniform(self, *shape: int) -> Floats:
        """Return numbers of at least 0 and below 1, float64, from the stream "init" with the next number."""
        self._drawn += 1
        return draw_uniform(prod(shape), self.seed, "init", self._drawn).reshape(shape)

    def make_zeros(self, *shape: int) -> Floats:
        """Return an initial parameter of zeros."""
        return np.zeros(shape, dtype=self.fmt.dtype)
