"""Rows with one large and many small entries: how much of them rounds to zero, and what that does to results.

The figures of fast products are those for which attention and many classes have accurate ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.config import parse_settings
from appliance.layers.layer import Signal
from appliance.layers.operands import round_operand
from appliance.model import build_network
from appliance.numerics.formats import F32, find_kind
from appliance.numerics.piecewise import Scratch
from appliance.numerics.plans import NOW
from appliance.numerics.stacks import multiply_stacks
from appliance.optimizers import make_optimizer
from appliance.streams import draw_uniform
from appliance.training.trainer import Samples, Trainer
from support.networks import make_config

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

_FAST, _ACCURATE = find_kind(F32, accurate=False), find_kind(F32, accurate=True)


class Loss(NamedTuple):
    """The share of a row's mass that rounds to zero, and the relative error of the product."""

    share: float
    error: float


def measure_loss(row: Floats, matrix: Floats, *, accurate: bool) -> Loss:
    """Multiply a row (1, k) by a matrix (k, n) of plain values, in either kind of products."""
    kind = _ACCURATE if accurate else _FAST
    operand = round_operand(Signal(row.astype(np.float32)), kind.left_bits, kind, NOW)
    lost = np.abs(row[operand.values == 0]).sum() / np.abs(row).sum()
    left, right = row[np.newaxis].astype(kind.fmt.dtype), matrix[np.newaxis].astype(kind.fmt.dtype)
    out = np.empty((1, 1, matrix.shape[1]), dtype=kind.fmt.dtype)
    multiply_stacks(left, right, out, kind, Scratch(kind.fmt.dtype))
    expected = row @ matrix
    return Loss(float(lost), float(np.linalg.norm(out[0] - expected) / np.linalg.norm(expected)))


def test_attention_with_a_sink_token() -> None:
    """A token that takes 90 % of the attention over 4,096 keys: the other keys together give the other 10 %."""
    shares = draw_uniform(4096, 1, "shares") + 0.5
    shares *= 0.1 / shares.sum()
    shares[0] = 0.9
    values = draw_uniform(4096 * 16, 1, "values").reshape(4096, 16) * 2 - 0.5
    values[0] *= 0.01
    fast = measure_loss(shares[np.newaxis], values, accurate=False)
    accurate = measure_loss(shares[np.newaxis], values, accurate=True)
    assert fast.share > 0.09
    assert fast.error > 0.2
    assert accurate.share == 0
    assert accurate.error < 5e-4


def test_the_gradient_of_a_softmax_over_1000_classes() -> None:
    """One true class has -0.9, 999 others 0.0009 each: the direction of the gradient that is passed down."""
    gradient = (draw_uniform(1000, 1, "gradient") + 0.5) * 0.0009
    gradient[17] = gradient[17] - gradient.sum()
    weight = draw_uniform(1000 * 32, 1, "weight").reshape(1000, 32) * 0.2
    fast = measure_loss(gradient[np.newaxis], weight, accurate=False)
    accurate = measure_loss(gradient[np.newaxis], weight, accurate=True)
    assert fast.share > 0.4
    assert fast.error > 0.5
    assert accurate.share == 0
    assert accurate.error < 2e-5


def find_first_gradient(product: str, *, portable: bool = True) -> Floats:
    """Return the gradient of the first weight of a network with 1,000 classes, whose logits have a kind of products."""
    last = {"kind": "dense", "units": 1000, **({"product": product} if product else {})}
    layers = [{"kind": "dense", "units": 12}, {"kind": "tanh"}, last]
    settings = {**make_config(precision="f32").settings(), "model": {"layers": layers}}
    config = parse_settings(settings, where="a test")
    network = build_network(config, (6,), 1000, portable=portable, is_bytes=False)
    trainer = Trainer(network, make_optimizer(config.optimizer, network.fmt, portable=portable))
    trainer.reset_bounds()
    features = (draw_uniform(6 * 8, 1, "features").reshape(8, 6) * 2 - 1).astype(np.float32)
    network.parameters()["dense_2.weight"][...] += np.float32(0.5)
    before = network.parameters()["dense_1.weight"].copy()
    trainer.step(Samples(features, np.arange(8) * 100), 1.0)
    return np.asarray(before - network.parameters()["dense_1.weight"])


def test_logits_of_many_classes_are_accurate_by_default() -> None:
    """The same in a network: without a setting the gradient is near native float32's, with fast products it is not."""
    native = find_first_gradient("", portable=False)
    errors = {
        product: np.linalg.norm(find_first_gradient(product) - native) / np.linalg.norm(native)
        for product in ("", "accurate", "fast")
    }
    assert errors[""] == errors["accurate"]
    assert errors["accurate"] < 0.02  # the first layer's own products are fast
    assert errors["fast"] > 10 * errors["accurate"]
