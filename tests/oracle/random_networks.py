"""Networks at random: layers of all kinds that fit each other, with data and optimizers of all kinds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from oracle.rules import draw_targets
from oracle.streams import draw_words
from oracle.variations import Settings, Variation, dense, draw_data, draw_tokens, layer, vary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.data import Data

_IMAGE = 3
_LARGEST_BYTE = 255
_ANY = ("relu", "tanh", "sigmoid", "gelu", "dropout", "batch_norm", "dense")
_ROWS = ("layer_norm", "residual")
_SEQUENCES = ("rows", "positions", "attention", "attention", "mean_positions")
_IMAGES = ("rows", "conv2d", "conv2d", "max_pool", "average_pool", "flatten")
_WIDTHS = (1, 2, 3, 5, 6)

Shape = tuple[int, ...]


class Draw:
    """Choices from the words of a stream."""

    def __init__(self, seed: int) -> None:
        self._words = iter(draw_words(4000, seed, "random networks"))

    def choose(self, options: Sequence[Any]) -> Any:  # noqa: ANN401 - one of any options
        """Return one of them."""
        return options[next(self._words) % len(options)]

    def count(self, low: int, high: int) -> int:
        """Return a number from low to high."""
        return low + next(self._words) % (high - low + 1)


def draw_layers(draw: Draw, shape: Shape, depth: int = 0) -> tuple[list[Settings], Shape]:
    """Return a few layers for samples of a shape, with the shape of their output."""
    tables: list[Settings] = []
    for _ in range(draw.count(1, 4)):
        kinds = [*_ANY, *(_ROWS if len(shape) < _IMAGE else ())]
        kinds += (_SEQUENCES if len(shape) == _IMAGE - 1 else ()) + (_IMAGES if len(shape) == _IMAGE else ())
        kind = draw.choose(kinds)
        if kind == "residual":
            tables += _draw_residual(draw, shape) if depth < _IMAGE - 1 else []
            continue
        table, shape = _draw_layer(draw, kind, shape)
        tables.append(table)
    return tables, shape


def _draw_residual(draw: Draw, shape: Shape) -> list[Settings]:
    inner, found = draw_layers(draw, shape, 1)
    if found != shape and len(shape) == 1:
        inner.append(dense(*shape))
    elif found[:-1] == shape[:-1] and found != shape:
        inner.append(dense(shape[-1], per_position=True))
    elif found != shape:
        return []
    return [layer("residual", layers=inner)] if inner else []


def _draw_layer(draw: Draw, kind: str, shape: Shape) -> tuple[Settings, Shape]:
    product = draw.choose(({}, {}, {"product": "fast"}, {"product": "accurate"}))
    if kind in ("dense", "rows"):
        units = draw.choose(_WIDTHS)
        rows = {"per_position": True} if kind == "rows" else {}
        return dense(units, **rows, **product), (*shape[:-1], units) if kind == "rows" else (units,)
    if kind in ("conv2d", "max_pool", "average_pool"):
        return _draw_window(draw, kind, shape, product)
    if kind == "attention":
        heads = draw.choose([h for h in range(1, shape[-1] + 1) if shape[-1] % h == 0])
        return layer(kind, heads=heads, causal=draw.choose((False, True))), shape
    if kind in ("mean_positions", "flatten"):
        return layer(kind), shape[-1:] if kind == "mean_positions" else (math.prod(shape),)
    numbers = {
        "dropout": {"rate": draw.choose((0.1, 0.5, 0.75))},
        "batch_norm": {"momentum": draw.choose((0.1, 0.3, 1.0))},
        "layer_norm": {"epsilon": draw.choose((1e-5, 0.1))},
    }
    return layer(kind, **numbers.get(kind, {})), shape


def _draw_window(draw: Draw, kind: str, shape: Shape, product: Settings) -> tuple[Settings, Shape]:
    zeros = [draw.count(0, 1) if kind == "conv2d" else 0 for _ in range(2)]
    sizes = [draw.count(1, min(3, length + 2 * p)) for length, p in zip(shape[1:], zeros, strict=True)]
    steps = [draw.count(1, 3) for _ in range(2)]
    numbers = zip(shape[1:], zeros, sizes, steps, strict=True)
    places = [(length + 2 * p - size) // step + 1 for length, p, size, step in numbers]
    table = layer(kind, kernel=sizes, stride=steps)
    if kind != "conv2d":
        return table, (shape[0], *places)
    channels = draw.count(1, 3)
    return table | {"channels": channels, "padding": zeros} | product, (channels, *places)


def draw_network(seed: int) -> Variation:
    """Return a run of a network."""
    draw = Draw(seed)
    data, first, shape, loss = _draw_data(draw, seed)
    tables, _ = draw_layers(draw, shape)
    changes = {
        "name": draw.choose(("sgd", "sgd", "momentum", "nesterov", "adam", "adamw")),
        "learning_rate": draw.choose((0.01, 0.1, 0.3)),
        "precision": draw.choose(("f32", "f64")),
        "batch": draw.count(1, 6),
        "schedule": draw.choose(("constant", "linear", "cosine")),
    }
    changes |= draw.choose(({}, {"weight_decay": 0.1}, {"clip_norm": 0.1}, {"warmup_steps": 3}))
    outputs = data.targets or (1 if loss == "binary-cross-entropy" else data.classes)
    variation = vary(data, *first, *tables, dense(outputs), **changes)
    if loss != "cross-entropy":
        variation.settings["training"]["loss"] = loss
    return variation


def _draw_data(draw: Draw, seed: int) -> tuple[Data, list[Settings], Shape, str]:
    """Return data, the layer that reads tokens if it consists of tokens, the shape of samples after it, and a loss."""
    kind = draw.choose(("tokens", "targets", "two classes", *["classes"] * 5))
    if kind == "tokens":
        entries, units, length = draw.choose((3, 7, 300)), draw.choose(_WIDTHS), draw.count(1, 4)
        data = draw_tokens(entries, (length,), "i" if entries > _LARGEST_BYTE else "B")
        return data, [layer("embedding", entries=entries, units=units)], (length, units), "cross-entropy"
    if kind == "targets":
        data = draw_targets(draw.count(1, 3))
        return data, [], data.shape, "mean-squared-error"
    shape = tuple(draw.count(2, 5) for _ in range(draw.choose((1, 2, 3, 3))))
    classes = 2 if kind == "two classes" else draw.count(2, 4)
    samples = draw.count(1, 14), draw.count(1, 5)
    data = draw_data(shape, classes, code=draw.choose("BBf"), samples=samples, seed=seed)
    return data, [], shape, "binary-cross-entropy" if kind == "two classes" else "cross-entropy"
