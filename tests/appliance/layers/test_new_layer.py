"""A new layer is one class: training, micro-batches and the captured state work with it.

Also layers without a ReLU between them, which no named configuration has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.layers.builder import Builder
from appliance.layers.dense import NativeDense, PortableDense
from appliance.layers.layer import InputSpec, Layer, Signal
from appliance.layers.relu import NativeRelu, PortableRelu
from appliance.losses import NativeCrossEntropy, PortableCrossEntropy
from appliance.model import Network, build_network
from appliance.numerics.formats import FORMATS
from appliance.numerics.operations import NATIVE, PORTABLE
from appliance.optimizers import make_optimizer
from appliance.training.trainer import Trainer
from support.networks import make_batch, make_config, measure_loss
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from appliance.numerics.plans import Plan


class Halve(Layer):
    """Multiplies by one half, which is exact; a layer without parameters needs two methods."""

    def forward(self, x: Signal, plan: Plan) -> Signal:
        """Return x / 2, in place."""
        plan("multiply", x.values, self.fmt.dtype(0.5), x.values)
        return x

    def backward(self, x: Signal, y: Signal, dy: Signal, plan: Plan) -> Signal:  # noqa: ARG002
        """Return dy / 2, in place."""
        plan("multiply", dy.values, self.fmt.dtype(0.5), dy.values)
        return dy


def make_trainer(precision: str, kinds: str, *, portable: bool = True, parts: int = 1, rate: float = 0.1) -> Trainer:
    """Return a trainer of dense layers (d), ReLUs (r) and the new layer (h), in that order, ending in 10 units."""
    fmt = FORMATS[precision]
    builder, inputs = Builder(fmt=fmt, seed=3), InputSpec(shape=(784,), bits=8, is_data=True)
    layers: list[Layer] = []
    spec, widths = inputs, [10 if number == kinds.count("d") else 12 for number in range(1, 1 + kinds.count("d"))]
    for number, kind in enumerate(kinds, start=1):
        if kind == "d":
            width = widths.pop(0)
            weight, bias = builder.draw_weight(number, spec.shape[0], width), np.zeros(width, fmt.dtype)
            name = f"dense_{number}"
            dense = PortableDense(name, weight, bias, fmt, spec) if portable else NativeDense(name, weight, bias, fmt)
            layers.append(dense)
            spec = InputSpec(shape=(width,), bits=None)
        elif kind == "r":
            layers.append(PortableRelu(f"relu_{number}", fmt) if portable else NativeRelu(f"relu_{number}", fmt))
            spec = InputSpec(shape=spec.shape, bits=fmt.activation_bits)
        else:
            layers.append(Halve(f"halve_{number}", fmt))
    loss = PortableCrossEntropy(fmt) if portable else NativeCrossEntropy(fmt)
    table = PORTABLE if portable else NATIVE
    network = Network(layers=layers, loss=loss, inputs=inputs, fmt=fmt, operations=table, portable=portable)
    config = make_config(learning_rate=rate).optimizer
    return Trainer(network, make_optimizer(config, fmt, portable=portable), micro_batches=parts)


@pytest.mark.parametrize("kinds", ["dhrd", "drhd", "dd", "ddd", "dhd", "drd"])
def test_gradients_agree_with_finite_differences(kinds: str) -> None:
    """One plain step of rate 1 moves the first weight by minus the slope of the loss, whatever lies above it."""
    pixels, labels = make_batch()
    plain, portable = make_trainer("f64", kinds, portable=False), make_trainer("f64", kinds)
    before = portable.network.parameters()["dense_1.weight"].copy()
    portable.step(pixels, labels, 1.0)
    moved = before - portable.network.parameters()["dense_1.weight"]
    place = np.unravel_index(int(np.argmax(np.abs(moved))), moved.shape)
    parameter, step = plain.network.parameters()["dense_1.weight"], 1e-5
    parameter[place] += step
    above = measure_loss(plain, pixels, labels)
    parameter[place] -= 2 * step
    below = measure_loss(plain, pixels, labels)
    assert moved[place] == pytest.approx((above - below) / (2 * step), rel=1e-4)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("kinds", ["dhrd", "drhd", "dd", "dhd"])
def test_parts_of_a_batch_reach_no_bit(precision: str, kinds: str) -> None:
    """A batch in one, three or sixteen parts gives the same weights."""
    digests = set()
    for parts in (1, 3, 16):
        trainer = make_trainer(precision, kinds, parts=parts)
        trainer.reset_bounds()
        for step in range(4):
            trainer.step(*make_batch(seed=step), 0.1)
        digests.add(digest_arrays(trainer.network.parameters()))
    assert len(digests) == 1


@pytest.mark.parametrize("kinds", ["dhrd", "dd"])
def test_a_network_with_the_layer_learns_and_is_captured(kinds: str) -> None:
    """The loss falls, and a captured state restores the rest of the training."""
    trainer, (pixels, labels) = make_trainer("f32", kinds), make_batch(32)
    trainer.reset_bounds()
    first = measure_loss(trainer, pixels, labels)
    for _ in range(5):
        trainer.step(pixels, labels, 0.1)
    state, copy = trainer.capture(), make_trainer("f32", kinds)
    copy.restore(state)
    for both in (trainer, copy):
        both.step(pixels, labels, 0.1)
    assert digest_arrays(copy.network.parameters()) == digest_arrays(trainer.network.parameters())
    trainer.reset_bounds()
    assert measure_loss(trainer, pixels, labels) < first


def test_dense_layers_without_a_relu_can_be_configured() -> None:
    """A model from tables, on samples of shape (28, 28)."""
    settings = make_config().settings()
    tables = [{"kind": "dense", "units": 7}, {"kind": "dense", "units": 3}]
    config = parse_settings({**settings, "model": {"layers": tables}}, where="test")
    network = build_network(config, (28, 28), 3, portable=True)
    shapes = {name: parameter.shape for name, parameter in network.parameters().items()}
    assert shapes["dense_1.weight"] == (784, 7)
    assert shapes["dense_2.weight"] == (7, 3)
