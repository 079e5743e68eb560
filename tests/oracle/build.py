"""From the settings of layers to layers."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from oracle.attention import Attention
from oracle.convolution import Conv2d
from oracle.dense import Dense, Product
from oracle.elementwise import Curve, Dropout, Relu
from oracle.layers import Inputs
from oracle.normalisation import BatchNorm, LayerNorm
from oracle.optimizers import Tensor
from oracle.pooling import AveragePool, Flatten, MaxPool
from oracle.residual import Residual
from oracle.sequences import Embedding, MeanPositions, Positions, transpose
from oracle.streams import draw_uniforms
from oracle.windows import Window, read_image, read_pair

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle.formats import Format, Kind
    from oracle.layers import Layer

Settings = dict[str, Any]

# Layers with which all products of a network are accurate, and the number of outputs above which those of a last
# dense layer are.
ACCURATE = ("attention", "embedding")
_MOST_CLASSES = 256

# Settings that may be left out, which are hashed only where they have another value.
DEFAULTS: dict[str, Settings] = {
    "conv2d": {"stride": 1, "padding": 0, "product": ""},
    "max_pool": {"stride": 0},
    "average_pool": {"kernel": 0, "stride": 0},
    "dense": {"per_position": False, "product": ""},
    "dropout": {"rate": 0.5},
    "layer_norm": {"epsilon": 1e-5},
    "batch_norm": {"epsilon": 1e-5, "momentum": 0.1},
    "attention": {"causal": False},
}


def list_tables(model: Settings) -> list[Settings]:
    """Return a table for every layer, also where a file gives widths."""
    layers: list[Any] = model["layers"]
    if isinstance(layers[0], dict):
        return layers
    tables: list[Settings] = []
    for width in layers[1:]:
        tables += [{"kind": "dense", "units": width}, {"kind": "relu"}]
    return tables[:-1]


def strip_defaults(table: Settings) -> Settings:
    """Return the settings of a layer as they are hashed."""
    defaults = DEFAULTS.get(table["kind"], {})
    for key in {"kernel", "stride", "padding"} & set(table):
        pair = read_pair(table[key])
        table = table | {key: pair[0] if pair[0] == pair[1] else list(pair)}
    stripped = {key: value for key, value in table.items() if key not in defaults or value != defaults[key]}
    if "layers" in table:
        stripped["layers"] = [strip_defaults(inner) for inner in table["layers"]]
    return {key: float(x) if isinstance(defaults.get(key), float) else x for key, x in stripped.items()}


SIMPLE: dict[str, Callable[[str, Inputs, Format], Layer]] = {
    "relu": Relu,
    "flatten": Flatten,
    "mean_positions": MeanPositions,
}
POOLS: dict[str, Callable[[str, Inputs, Window, Format], Layer]] = {"max_pool": MaxPool, "average_pool": AveragePool}


def make_window(settings: Settings, inputs: Inputs) -> Window:
    """Return the window of a convolution or of a pooling."""
    image, size = read_image(inputs.shape), read_pair(settings["kernel"])
    size = size if all(size) else image[1:]
    stride = read_pair(settings["stride"])
    padding = read_pair(settings.get("padding", 0))
    return Window(image=image, size=size, stride=stride if all(stride) else size, padding=padding)


class Maker:
    """Makes the layers of one network, with their initial weights."""

    def __init__(self, tables: list[Settings], seed: int, fmt: Format) -> None:
        self.tables, self.seed, self.fmt = tables, seed, fmt
        self.accurate = any(has_accurate_products(table) for table in tables)
        self.counts: Counter[str] = Counter()
        self.drawn = 0
        self.is_last = False

    def make_all(self, tables: list[Settings], inputs: Inputs) -> list[Layer]:
        """Return layers one after the other, named after their kind and their number of that kind."""
        layers: list[Layer] = []
        for table in tables:
            kind = table["kind"]
            self.is_last = table is self.tables[-1]
            self.counts[kind] += 1
            layers.append(self.make(table, f"{kind}_{self.counts[kind]}", inputs))
            inputs = layers[-1].outputs
        return layers

    def make(self, table: Settings, name: str, inputs: Inputs) -> Layer:
        """Return one layer."""
        kind, fmt = table["kind"], self.fmt
        settings = DEFAULTS.get(kind, {}) | table
        if kind in SIMPLE:
            return SIMPLE[kind](name, inputs, fmt)
        if kind in POOLS:
            return POOLS[kind](name, inputs, make_window(settings, inputs), fmt)
        if kind in ("tanh", "sigmoid", "gelu"):
            return Curve(kind, name, inputs, fmt)
        if kind == "dropout":
            return Dropout(name, inputs, settings["rate"], fmt)
        if kind == "residual":
            plain = Inputs(shape=inputs.shape, is_data=inputs.is_data)
            return Residual(name, inputs, self.make_all(table["layers"], plain), fmt)
        return self._make_with_parameters(settings, name, inputs)

    def _make_with_parameters(self, settings: Settings, name: str, inputs: Inputs) -> Layer:
        kind, fmt = settings["kind"], self.fmt
        if kind == "layer_norm":
            return LayerNorm(name, inputs, settings["epsilon"], fmt)
        if kind == "batch_norm":
            return BatchNorm(name, inputs, settings["epsilon"], settings["momentum"], fmt)
        if kind in ("embedding", "positions"):
            return self._make_with_table(settings, name, inputs)
        if kind == "attention":
            return self._make_attention(settings, name, inputs)
        product = self.choose_kind(settings)
        if kind == "conv2d":
            window, channels = make_window(settings, inputs), settings["channels"]
            weight = self.draw_weight(f"{name}.weight", (window.image[0] * math.prod(window.size), channels))
            return Conv2d(name, inputs, window, (weight, self.make_zeros(f"{name}.bias", channels)), product, fmt)
        return self.make_dense(name, settings["units"], inputs, product, per_position=settings["per_position"])

    def _make_with_table(self, settings: Settings, name: str, inputs: Inputs) -> Layer:
        if settings["kind"] == "embedding":
            drawn = self.draw_weight(f"{name}.weight", (settings["units"], settings["entries"]))
            return Embedding(name, inputs, transpose(drawn), self.fmt)
        drawn = self.draw_weight(f"{name}.weight", (inputs.shape[-1], math.prod(inputs.shape[:-1])))
        return Positions(name, inputs, transpose(drawn), self.fmt)

    def _make_attention(self, settings: Settings, name: str, inputs: Inputs) -> Layer:
        units, kind = inputs.shape[-1], self.fmt.accurate
        first = self.make_dense(f"{name}_inputs", 3 * units, inputs, kind, per_position=True)
        plain = Inputs(shape=inputs.shape)
        last = self.make_dense(f"{name}_outputs", units, plain, kind, per_position=True)
        return Attention(name, inputs, (first, last), settings["heads"], self.fmt, causal=settings["causal"])

    def choose_kind(self, table: Settings) -> Kind:
        """Return the kind of the products of a layer."""
        stated = table["product"]
        many = self.is_last and table["kind"] == "dense" and table["units"] > _MOST_CLASSES
        accurate = stated == "accurate" or (not stated and (self.accurate or many))
        return self.fmt.accurate if accurate else self.fmt.fast

    def make_dense(self, name: str, units: int, inputs: Inputs, kind: Kind, *, per_position: bool) -> Dense:
        """Return a dense layer."""
        length = inputs.shape[-1] if per_position else math.prod(inputs.shape)
        weight = self.draw_weight(f"{name}.weight", (length, units))
        product = Product(weight, self.make_zeros(f"{name}.bias", units), inputs, kind, self.fmt)
        return Dense(name, inputs, product, per_position=per_position)

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
