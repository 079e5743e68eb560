"""From the settings of layers to layers."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from oracle.dense import Dense, Product
from oracle.elementwise import Relu
from oracle.optimizers import Tensor
from oracle.streams import draw_uniforms

if TYPE_CHECKING:
    from oracle.formats import Format, Kind
    from oracle.layers import Inputs, Layer

Settings = dict[str, Any]

# Layers with which all products of a network are accurate, and the number of outputs above which those of a last
# dense layer are.
ACCURATE = ("attention", "embedding")
_MOST_CLASSES = 256


def list_tables(model: Settings) -> list[Settings]:
    """Return a table for every layer, also where a file gives widths."""
    layers: list[Any] = model["layers"]
    if isinstance(layers[0], dict):
        return layers
    tables: list[Settings] = []
    for width in layers[1:]:
        tables += [{"kind": "dense", "units": width}, {"kind": "relu"}]
    return tables[:-1]


class Maker:
    """Makes the layers of one network, with their initial weights."""

    def __init__(self, tables: list[Settings], seed: int, fmt: Format) -> None:
        self.tables, self.seed, self.fmt = tables, seed, fmt
        self.accurate = any(has_accurate_products(table) for table in tables)
        self.counts: Counter[str] = Counter()
        self.drawn = 0

    def make_all(self, tables: list[Settings], inputs: Inputs) -> list[Layer]:
        """Return layers one after the other, named after their kind and their number of that kind."""
        layers: list[Layer] = []
        for table in tables:
            kind = table["kind"]
            self.counts[kind] += 1
            layers.append(self.make(table, f"{kind}_{self.counts[kind]}", inputs))
            inputs = layers[-1].outputs
        return layers

    def make(self, table: Settings, name: str, inputs: Inputs) -> Layer:
        """Return one layer."""
        if table["kind"] == "relu":
            return Relu(name, inputs, self.fmt)
        if table["kind"] == "dense":
            per_position = table.get("per_position", False)
            length = inputs.shape[-1] if per_position else math.prod(inputs.shape)
            product = self.make_product(name, table, (length, table["units"]), inputs)
            return Dense(name, inputs, product, per_position=per_position)
        raise ValueError(f"no layer of kind {table['kind']}")

    def choose_kind(self, table: Settings) -> Kind:
        """Return the kind of the products of a layer."""
        stated = table.get("product", "")
        many = table is self.tables[-1] and table["kind"] == "dense" and table["units"] > _MOST_CLASSES
        accurate = stated == "accurate" or (not stated and (self.accurate or many))
        return self.fmt.accurate if accurate else self.fmt.fast

    def make_product(self, name: str, table: Settings, shape: tuple[int, int], inputs: Inputs) -> Product:
        """Return a product with a weight and a bias."""
        weight = self.draw_weight(f"{name}.weight", shape)
        return Product(weight, self.make_zeros(f"{name}.bias", shape[1]), inputs, self.choose_kind(table), self.fmt)

    def draw_weight(self, name: str, shape: tuple[int, int]) -> Tensor:
        """Return an initial weight, with the next number."""
        self.drawn += 1
        root = math.sqrt(6 / shape[0])
        uniforms = draw_uniforms(shape[0] * shape[1], self.seed, "init", self.drawn)
        return Tensor(name, list(shape), self.fmt.round([(2.0 * u - 1.0) * root for u in uniforms]))

    def make_zeros(self, name: str, count: int) -> Tensor:
        """Return a parameter of zeros."""
        return Tensor(name, [count], [0.0] * count)


def has_accurate_products(table: Settings) -> bool:
    """Return whether a layer, or one inside it, makes the products of a network accurate."""
    return table["kind"] in ACCURATE or any(has_accurate_products(inner) for inner in table.get("layers", []))
