"""Small runs in which each rule of the page decides something, and small data for them."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from oracle.data import Data, Part
from oracle.streams import draw_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

Settings = dict[str, Any]


class Variation(NamedTuple):
    """The settings of a run; its data, where that is not the synthetic images."""

    settings: Settings
    data: Data | None = None


@cache
def draw_data(
    shape: tuple[int, ...], classes: int = 3, *, code: str = "B", samples: tuple[int, int] = (12, 6), seed: int = 1
) -> Data:
    """Return bytes, or numbers of both signs in single precision, at random; labels are those of the first bytes."""
    size = math.prod(shape)
    parts = []
    for number, count in enumerate(samples):
        stream = draw_bytes(count * (size + 2), seed, "small", number)
        rows = [stream[i : i + size] for i in range(0, count * size, size)]
        answers = stream[count * size :]
        labels = [(answers[2 * i] + 256 * answers[2 * i + 1]) % classes for i in range(count)]
        parts.append(Part(features=rows if code == "B" else [_spread(row) for row in rows], labels=labels))
    return Data(train=parts[0], test=parts[1], shape=shape, classes=classes, code=code)


def _spread(row: bytes) -> list[float]:
    """Return numbers of very different sizes from bytes."""
    return [(byte - 128) * 2.0 ** -(5 + byte % 11) for byte in row]


def make_settings(
    layers: Sequence[int] | Sequence[Settings], *, samples: tuple[int, int] = (60, 20), **changes: object
) -> Settings:
    """Return the settings of a small run; changes are those of the sections, samples a pair of counts.

    Layers are the widths of hidden layers, or tables of settings.
    """
    training = {"epochs": changes.pop("epochs", 2), "batch_size": changes.pop("batch", 20)}
    tables = bool(layers) and isinstance(layers[0], dict)
    return {
        "schema": "repro-appliance/config/1",
        "name": "variation",
        "seed": changes.pop("seed", 1),
        "precision": changes.pop("precision", "f32"),
        "data": {"source": "synthetic", "train_samples": samples[0], "test_samples": samples[1]},
        "model": {"layers": list(layers) if tables else [784, *layers, 10]},
        "training": training,
        "optimizer": {"name": "sgd", "learning_rate": 0.1} | changes,
    }


def dense(units: int, **settings: object) -> Settings:
    """Return the table of a dense layer."""
    return {"kind": "dense", "units": units} | settings


def layer(kind: str, **settings: object) -> Settings:
    """Return the table of a layer of any kind."""
    return {"kind": kind} | settings


RELU, TANH, SIGMOID, GELU = (layer(kind) for kind in ("relu", "tanh", "sigmoid", "gelu"))


def vary(data: Data, *layers: Settings, **changes: Any) -> Variation:  # noqa: ANN401 - of any kind
    """Return a run on small data; the settings speak of synthetic data of as many samples."""
    samples = len(data.train.labels), len(data.test.labels)
    return Variation(make_settings(layers, samples=samples, **{"batch": 4, "epochs": 2} | changes), data)


SMOKE = make_settings([16], samples=(256, 64), batch=32) | {"name": "smoke"}
_STACKS = {
    "smoke": SMOKE,
    "smoke in f64": SMOKE | {"name": "smoke-f64", "precision": "f64"},
    "another seed": make_settings([16], seed=2),
    "no hidden layer": make_settings([], batch=20, epochs=3),
    "no hidden layer, f64": make_settings([], precision="f64"),
    "three hidden layers": make_settings([12, 9, 7], learning_rate=0.5),
    "three hidden layers, f64": make_settings([12, 9, 7], precision="f64", learning_rate=0.5),
    "smaller last batch": make_settings([8], samples=(55, 23), batch=16),
    "smaller last batch, f64": make_settings([8], samples=(55, 23), batch=16, precision="f64"),
    "one sample in a batch": make_settings([5], samples=(12, 10), batch=1),
    "a batch above one piece": make_settings([8], samples=(300, 20), batch=300, epochs=3),
    "a batch of one piece": make_settings([4], samples=(256, 20), batch=256),
    "a hidden width of one piece": make_settings([264], samples=(12, 10), batch=6),
    "a hidden width above one piece": make_settings([300], samples=(12, 10), batch=6),
    "a gradient above one piece": make_settings([6, 300], samples=(24, 10), batch=12),
    "rates that move the grids": make_settings([8], learning_rate=4.0, batch=5),
    "momentum, rate by steps": make_settings([8], name="momentum", schedule="step", epochs=3),
    "momentum, f64, rate falls": make_settings([8], name="momentum", schedule="linear", precision="f64"),
    "momentum that moves the grids": make_settings([8], name="momentum", momentum=0.99, learning_rate=2.0, batch=5),
    "momentum over epochs": make_settings([], samples=(20, 10), name="momentum", learning_rate=0.3, batch=4, epochs=3),
    "an epoch's end past 3/4 of a grid": make_settings([8], samples=(20, 10), batch=4, epochs=3, seed=2),
    "an epoch's end past 3/4 of a grid, f64": make_settings(
        [8], samples=(20, 10), name="momentum", learning_rate=2.0, batch=5, epochs=3, precision="f64", seed=3
    ),
    "thirds of a rate": make_settings([4], samples=(20, 10), schedule="linear", epochs=3, precision="f64"),
    "adam, rate falls": make_settings([8], name="adam", learning_rate=0.01, schedule="linear"),
    "adam, f64, other constants": make_settings(
        [8], name="adam", learning_rate=0.02, beta1=0.7, beta2=0.97, epsilon=1e-5, precision="f64"
    ),
    "rate by steps of two epochs": make_settings(
        [4], samples=(20, 10), schedule="step", step_epochs=2, step_factor=0.3, epochs=5
    ),
    "a whole number as the rate": make_settings([4], samples=(20, 10), learning_rate=1),
    "accurate products": make_settings(
        [dense(8, product="accurate"), RELU, dense(6, product="accurate"), RELU, dense(10, product="accurate")],
        batch=15,
    ),
    "both kinds of products": make_settings([dense(8), RELU, dense(6, product="accurate"), RELU, dense(10)], batch=15),
}


def draw_tokens(entries: int, shape: tuple[int, ...], code: str = "B", classes: int = 3) -> Data:
    """Return tokens of so many different ones, as bytes or as whole numbers."""
    bytes_ = draw_data((math.prod(shape) * 2,), classes)
    parts = []
    for part in (bytes_.train, bytes_.test):
        rows = [
            [(int(a) + 256 * int(b)) % entries for a, b in zip(row[::2], row[1::2], strict=True)]
            for row in part.features
        ]
        parts.append(Part(features=[bytes(row) for row in rows] if code == "B" else rows, labels=part.labels))
    return Data(train=parts[0], test=parts[1], shape=shape, classes=classes, code=code)


def draw_large_sums() -> Data:
    """Return bytes that are all large, with the same label: no gradient cancels another."""
    rows = [bytes(200 + i * (i + 7 * k) % 56 for k in range(6)) for i in range(1203)]
    parts = Part(features=rows[:1200], labels=[1] * 1200), Part(features=rows[1200:], labels=[1] * 3)
    return Data(train=parts[0], test=parts[1], shape=(6,), classes=3)


_BYTES = draw_data((4, 3))
_NUMBERS = draw_data((7,), code="f")
_MANY = draw_data((70, 2), samples=(60, 3), code="f")
_POSITIONS = (dense(3, per_position=True), RELU, dense(2, per_position=True), RELU, dense(3))
_WIDE = draw_data((3,), samples=(6, 3), code="f")

CORE: dict[str, Variation] = {name: Variation(settings) for name, settings in _STACKS.items()} | {
    "bytes of another shape": vary(_BYTES, dense(5), RELU, dense(3)),
    "layers without an activation between them": vary(
        _BYTES, dense(5), dense(4), RELU, RELU, dense(3), momentum=0.5, name="momentum"
    ),
    "numbers": vary(_NUMBERS, dense(6), RELU, dense(3)),
    "numbers, f64": vary(_NUMBERS, dense(6), RELU, dense(3), precision="f64"),
    "numbers, accurate": vary(_NUMBERS, dense(6, product="accurate"), RELU, dense(3, product="accurate")),
    "positions": vary(draw_data((4, 3)), *_POSITIONS),
    "positions, f64": vary(draw_data((4, 3)), *_POSITIONS, precision="f64"),
    "positions, one sample in a batch": vary(draw_data((4, 3)), *_POSITIONS, batch=1),
    "positions, f64, accurate": vary(
        draw_data((4, 3)), dense(3, per_position=True, product="accurate"), RELU, dense(3), precision="f64"
    ),
    "large sums of several pieces": vary(draw_large_sums(), dense(3), batch=1200, learning_rate=20.0),
    "more than 4096 rows": vary(_MANY, *_POSITIONS, batch=60, epochs=2),
    "more than 4096 rows, f64": vary(_MANY, *_POSITIONS, batch=60, precision="f64"),
    "more than 4096 rows, accurate": vary(
        _MANY, *({**table, "product": "accurate"} if "units" in table else table for table in _POSITIONS), batch=60
    ),
    "more than 256 classes": vary(draw_data((6,), 300, samples=(8, 4)), dense(5), RELU, dense(300)),
    "256 classes": vary(draw_data((6,), 256, samples=(8, 4)), dense(5), RELU, dense(256)),
    "more than 256 classes, fast": vary(
        draw_data((6,), 300, samples=(8, 4)), dense(5), RELU, dense(300, product="fast")
    ),
    "a width above one accurate piece": vary(
        _WIDE, dense(2800), RELU, dense(2, product="accurate"), RELU, dense(3), batch=3, epochs=1
    ),
    "a gradient above one accurate piece": vary(
        _WIDE, dense(2), RELU, dense(2100, product="accurate"), RELU, dense(3), batch=3, epochs=1
    ),
    "a width above one piece, f64": vary(_WIDE, dense(4200), RELU, dense(3), batch=3, epochs=1, precision="f64"),
}

_SEQUENCE = draw_data((4, 6), code="f", samples=(8, 5))
_TOKENS = draw_tokens(7, (5,))
_LAST = dense(3)
_BLOCK = layer("residual", layers=[layer("layer_norm"), layer("attention", heads=2)])
_MLP = layer("residual", layers=[layer("layer_norm"), dense(8, per_position=True), GELU, dense(6, per_position=True)])

_BOTH: dict[str, tuple[Data, tuple[Settings, ...], Settings]] = {
    "tanh": (_NUMBERS, (dense(5), TANH, dense(4), TANH, _LAST), {"learning_rate": 0.5}),
    "sigmoid": (_NUMBERS, (dense(5), SIGMOID, dense(4), SIGMOID, _LAST), {"learning_rate": 0.5}),
    "gelu": (
        _NUMBERS,
        (dense(5), GELU, dense(4, product="accurate"), GELU, dense(3, product="accurate")),
        {"learning_rate": 0.5},
    ),
    "activations of bytes": (_BYTES, (TANH, RELU, dense(4), _LAST), {}),
    "an activation of bytes alone": (_BYTES, (RELU, dense(4), _LAST), {}),
    "activations of numbers": (_NUMBERS, (GELU, dense(4), _LAST), {}),
    "activations in front of few numbers": (
        draw_data((1,), code="f"),
        (layer("dropout", rate=0.1), TANH, SIGMOID, layer("residual", layers=[RELU]), GELU, _LAST),
        {"clip_norm": 0.5},
    ),
    "dropout": (
        draw_data((40,), code="f"),
        (dense(20), RELU, layer("dropout"), dense(5), layer("dropout", rate=0.3), _LAST),
        {"name": "momentum"},
    ),
    "dropout of bytes": (_BYTES, (layer("dropout", rate=0.25), dense(4), _LAST), {}),
    "layer normalisation": (_NUMBERS, (dense(5), layer("layer_norm"), RELU, _LAST), {"learning_rate": 0.4}),
    "layer normalisation of positions": (
        _SEQUENCE,
        (layer("layer_norm", epsilon=0.01), dense(3, per_position=True), layer("layer_norm"), _LAST),
        {"name": "adam"},
    ),
    "batch normalisation": (
        _NUMBERS,
        (dense(5), layer("batch_norm"), RELU, dense(4), layer("batch_norm", momentum=0.4), _LAST),
        {"learning_rate": 0.4, "batch": 5},
    ),
    "batch normalisation of positions": (
        _SEQUENCE,
        (layer("batch_norm", epsilon=0.01), dense(3, per_position=True), layer("batch_norm"), _LAST),
        {},
    ),
    "batch normalisation of images": (draw_data((2, 3, 2)), (layer("batch_norm"), _LAST), {"batch": 5}),
    "embedding of bytes": (_TOKENS, (layer("embedding", entries=7, units=4), RELU, _LAST), {"learning_rate": 0.5}),
    "embedding of whole numbers": (
        draw_tokens(300, (3,), "i"),
        (layer("embedding", entries=300, units=3), layer("positions"), layer("mean_positions"), _LAST),
        {"name": "adam"},
    ),
    "positions of numbers": (_SEQUENCE, (layer("positions"), dense(4, per_position=True), RELU, _LAST), {}),
    "mean over positions": (_SEQUENCE, (dense(4, per_position=True), layer("mean_positions"), _LAST), {}),
    "mean over one position": (
        draw_data((1, 5)),
        (dense(4, per_position=True), layer("mean_positions"), _LAST),
        {},
    ),
    "dense at every row of images": (
        draw_data((2, 3, 4), code="f"),
        (
            layer("residual", layers=[dense(4, per_position=True), RELU]),
            layer("conv2d", channels=2, kernel=2),
            dense(2, per_position=True),
            layer("max_pool", kernel=[1, 2]),
            _LAST,
        ),
        {},
    ),
    "residual connection": (
        _NUMBERS,
        (dense(5), layer("residual", layers=[dense(5), RELU, dense(5)]), RELU, dense(3)),
        {},
    ),
    "residual connections in each other": (
        _NUMBERS,
        (layer("residual", layers=[layer("residual", layers=[dense(4), TANH, dense(7)]), dense(7)]), dense(3)),
        {},
    ),
    "residual connection of bytes": (
        _BYTES,
        (layer("residual", layers=[dense(3, per_position=True), RELU]), dense(3)),
        {},
    ),
    "attention": (_SEQUENCE, (layer("attention", heads=2), dense(3)), {"learning_rate": 0.4}),
    "attention of one head to earlier positions": (
        _SEQUENCE,
        (dense(4, per_position=True), layer("attention", heads=1, causal=True), RELU, dense(3)),
        {"learning_rate": 0.4},
    ),
    "attention of bytes": (draw_data((3, 4)), (layer("attention", heads=2), dense(3)), {}),
    "sequences of bytes": (
        draw_data((3, 4)),
        (layer("mean_positions"), layer("layer_norm"), dense(4), RELU, dense(3)),
        {"name": "momentum"},
    ),
    "positions of bytes": (draw_data((3, 4)), (layer("positions"), layer("mean_positions"), dense(3)), {}),
    "convolution of bytes": (
        draw_data((2, 5, 4)),
        (layer("conv2d", channels=3, kernel=3), RELU, layer("flatten"), dense(3)),
        {"learning_rate": 0.5},
    ),
    "convolutions": (
        draw_data((6, 7), code="f"),
        (
            layer("conv2d", channels=3, kernel=[3, 2], stride=[1, 2], padding=[0, 1]),
            RELU,
            layer("conv2d", channels=2, kernel=2, padding=1),
            TANH,
            dense(3),
        ),
        {"learning_rate": 0.5},
    ),
    "accurate convolutions": (
        draw_data((6, 6)),
        (
            layer("conv2d", channels=3, kernel=3, product="accurate"),
            RELU,
            layer("conv2d", channels=2, kernel=[2, 3], stride=2, padding=1, product="accurate"),
            dense(3, product="accurate"),
        ),
        {"name": "momentum"},
    ),
    "pieces of rows of images": (
        draw_data((6, 5), samples=(60, 3)),
        (layer("conv2d", channels=2, kernel=[2, 3]), RELU, layer("conv2d", channels=2, kernel=2), dense(3)),
        {"batch": 60, "epochs": 2},
    ),
    "pieces of places of a row": (
        draw_data((3, 8), samples=(80, 3)),
        (layer("conv2d", channels=2, kernel=2), RELU, layer("conv2d", channels=2, kernel=[1, 2]), dense(3)),
        {"batch": 80, "epochs": 2},
    ),
    "more samples than a piece of images": (
        draw_data((2, 3), samples=(300, 3)),
        (layer("conv2d", channels=2, kernel=1), RELU, layer("conv2d", channels=2, kernel=2), dense(3)),
        {"batch": 300, "epochs": 2},
    ),
    "pooling": (
        draw_data((2, 5, 6), code="f"),
        (
            layer("conv2d", channels=3, kernel=2),
            layer("max_pool", kernel=2),
            layer("conv2d", channels=3, kernel=2),
            layer("average_pool"),
            layer("flatten"),
            dense(3),
        ),
        {"learning_rate": 0.5},
    ),
    "windows that overlap": (
        draw_data((2, 7, 6), code="f"),
        (
            layer("conv2d", channels=2, kernel=2),
            layer("max_pool", kernel=[3, 2], stride=[1, 1]),
            layer("average_pool", kernel=[2, 3], stride=[1, 2]),
            dense(3),
        ),
        {"learning_rate": 0.5},
    ),
    "sums of windows": (
        draw_data((7, 6), code="f"),
        (
            layer("positions"),
            layer("average_pool", kernel=3, stride=1),
            dense(3),
        ),
        {"batch": 2, "learning_rate": 0.5},
    ),
    "sums of largest values": (
        draw_data((7, 6), code="f"),
        (layer("positions"), layer("max_pool", kernel=4, stride=1), GELU, dense(3)),
        {"batch": 2, "learning_rate": 0.5},
    ),
    "pooling of bytes": (
        draw_data((7, 6)),
        (layer("max_pool", kernel=2), layer("conv2d", channels=2, kernel=2), RELU, dense(3)),
        {},
    ),
    "mean of bytes": (draw_data((2, 4, 6)), (layer("average_pool", kernel=[2, 3]), layer("flatten"), dense(3)), {}),
    "pooling and flattening of bytes": (
        draw_data((2, 4, 4)),
        (layer("max_pool", kernel=2, stride=1), layer("flatten"), dense(4), RELU, dense(3)),
        {"name": "adam"},
    ),
    "pooling of numbers": (
        draw_data((5, 4), code="f"),
        (layer("max_pool", kernel=2, stride=1), layer("conv2d", channels=2, kernel=2), RELU, dense(3)),
        {},
    ),
    "flattened numbers": (draw_data((2, 3), code="f"), (layer("flatten"), dense(4), RELU, dense(3)), {}),
    "normalised images": (
        draw_data((4, 4)),
        (
            layer("conv2d", channels=2, kernel=2),
            layer("batch_norm"),
            RELU,
            layer("dropout"),
            layer("residual", layers=[layer("conv2d", channels=2, kernel=3, padding=1), layer("batch_norm")]),
            dense(3),
        ),
        {"name": "nesterov"},
    ),
    "a small transformer": (
        _TOKENS,
        (
            layer("embedding", entries=7, units=6),
            layer("positions"),
            layer("residual", layers=[layer("layer_norm"), layer("attention", heads=3, causal=True)]),
            _MLP,
            _BLOCK,
            layer("layer_norm"),
            layer("mean_positions"),
            dense(3),
        ),
        {"name": "adam", "learning_rate": 0.02, "epochs": 3},
    ),
}
LAYERS: dict[str, Variation] = {}
for _name, (_data, _layers, _changes) in _BOTH.items():
    LAYERS |= {
        _name: vary(_data, *_layers, **_changes),
        f"{_name}, f64": vary(_data, *_layers, **_changes, precision="f64"),
    }
