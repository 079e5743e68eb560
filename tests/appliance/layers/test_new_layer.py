"""A new layer is one class: training, micro-batches, the captured state and a trace work with it.

Also layers without a ReLU between them, which no named configuration has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from appliance.config import parse_settings
from appliance.config.activation_layers import ReluConfig
from appliance.config.layers import DenseConfig
from appliance.layers.builder import Builder
from appliance.layers.column_terms import ColumnTerm
from appliance.layers.dense import NativeDense, PortableDense
from appliance.layers.layer import Backward, Batch, InputSpec, Layer, Signal
from appliance.layers.native_terms import NativeTerm
from appliance.layers.relu import NativeRelu, PortableRelu
from appliance.losses import NativeCrossEntropy, PortableCrossEntropy
from appliance.model import Network, build_network
from appliance.numerics.formats import FORMATS
from appliance.numerics.operations import NATIVE, PORTABLE
from appliance.numerics.workspace import Workspace
from appliance.optimizers import make_optimizer
from appliance.training.trainer import Samples, Trainer
from support.networks import make_batch, make_config, measure_loss
from verify.digests import digest_arrays

if TYPE_CHECKING:
    from appliance.config.layer_settings import LayerSettings
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class Halve(Layer):
    """Multiplies by one half, which is exact; a layer without parameters needs two methods."""

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return x / 2, in place."""
        plan("multiply", x.values, self.fmt.dtype(0.5), x.values)
        return x

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy / 2, in place; units of dy stay what they are."""
        plan("multiply", dy.values, self.fmt.dtype(0.5), dy.values)
        return Backward(dy, [])


class Scale(Layer):
    """Multiplies each column by a factor that is learnt; a layer with parameters names them, and gives their terms.

    Args:
        name: such as "scale_1".
        fmt: the number format.
        width: the number of columns.
        portable: portable arithmetic; False for plain NumPy.
    """

    def __init__(self, name: str, fmt: Format, width: int, *, portable: bool) -> None:
        super().__init__(name, fmt)
        self._factors = np.linspace(0.75, 1.25, width).astype(fmt.dtype)
        self._term = ColumnTerm if portable else NativeTerm
        self._work = Workspace(fmt.dtype)

    def parameters(self) -> dict[str, Floats]:
        """Return the factors."""
        return {"factors": self._factors}

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return x * factors, without -0; x is needed again."""
        y = self._work.take("y", *x.values.shape)
        plan("multiply", x.values, self._factors, y)
        plan("add", y, self.fmt.dtype(0.0), y)
        return Signal(y)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy * factors, with the units of dy, and the column sums of x * dy."""
        dx = self._work.take("dx", *dy.values.shape)
        plan("multiply", dy.values, self._factors, dx)
        plan.begin(f"{self.name}.gradients")
        addends = np.empty(dy.values.shape, self.fmt.dtype)
        plan("multiply", dy.values, x.values, addends)
        if dy.units is not None:
            plan("multiply", addends, dy.units, addends)
        plan("multiply", addends, batch.scale, addends)
        term = self._term(self, "factors", addends, batch.rows)
        term.measure(plan)
        return Backward(Signal(dx, dy.units), [term])


def make_layer(settings: LayerSettings, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
    """Return a dense layer or a ReLU with the specification of its output."""
    if isinstance(settings, DenseConfig):
        return (PortableDense if builder.portable else NativeDense).build(settings, name, inputs, builder)
    assert isinstance(settings, ReluConfig)
    return (PortableRelu if builder.portable else NativeRelu).build(settings, name, inputs, builder)


def make_trainer(precision: str, kinds: str, *, portable: bool = True, parts: int = 1, rate: float = 0.1) -> Trainer:
    """Return a trainer of dense layers (d), ReLUs (r) and the new layers (h, s), in that order, ending in 10 units."""
    fmt = FORMATS[precision]
    builder = Builder(fmt=fmt, seed=3, portable=portable, accurate=False, build=make_layer)
    spec = inputs = InputSpec(shape=(784,), bits=8, is_data=True)
    layers: list[Layer] = []
    for number, kind in enumerate(kinds, start=1):
        if kind == "h":
            layers.append(Halve(f"halve_{number}", fmt))
        elif kind == "s":
            layers.append(Scale(f"scale_{number}", fmt, spec.size, portable=portable))
        else:
            width = 12 if "d" in kinds[number:] else 10
            built, spec = builder.build([DenseConfig(units=width) if kind == "d" else ReluConfig()], spec)
            layers += built
    loss = PortableCrossEntropy(fmt) if portable else NativeCrossEntropy(fmt)
    table = PORTABLE if portable else NATIVE
    network = Network(layers=layers, loss=loss, inputs=inputs, fmt=fmt, operations=table, portable=portable)
    config = make_config(learning_rate=rate).optimizer
    return Trainer(network, make_optimizer(config, fmt, portable=portable), micro_batches=parts)


def list_parameters(kinds: str) -> list[str]:
    """Return the names of the first weight and of the factors of a network."""
    return ["dense_1.weight", *(f"scale_{number}.factors" for number, kind in enumerate(kinds, start=1) if kind == "s")]


KINDS = ["dhrd", "drhd", "dd", "ddd", "dhd", "drd", "dsrd", "drsd", "dsd", "drds"]


@pytest.mark.parametrize(("kinds", "name"), [(kinds, name) for kinds in KINDS for name in list_parameters(kinds)])
def test_gradients_agree_with_finite_differences(kinds: str, name: str) -> None:
    """One plain step of rate 1 moves a parameter by minus the slope of the loss, whatever lies above it."""
    pixels, labels = make_batch()
    plain, portable = make_trainer("f64", kinds, portable=False), make_trainer("f64", kinds)
    before = portable.network.parameters()[name].copy()
    portable.step(Samples(pixels, labels), 1.0)
    moved = before - portable.network.parameters()[name]
    place = np.unravel_index(int(np.argmax(np.abs(moved))), moved.shape)
    parameter, step = plain.network.parameters()[name], 1e-5
    parameter[place] += step
    above = measure_loss(plain, pixels, labels)
    parameter[place] -= 2 * step
    below = measure_loss(plain, pixels, labels)
    assert moved[place] == pytest.approx((above - below) / (2 * step), rel=1e-4)


@pytest.mark.parametrize("precision", ["f32", "f64"])
@pytest.mark.parametrize("kinds", ["dhrd", "drhd", "dd", "dhd", "dsrd", "drds"])
def test_parts_of_a_batch_reach_no_bit(precision: str, kinds: str) -> None:
    """A batch in one, three or sixteen parts gives the same weights."""
    digests = set()
    for parts in (1, 3, 16):
        trainer = make_trainer(precision, kinds, parts=parts)
        trainer.reset_bounds()
        for step in range(4):
            trainer.step(Samples(*make_batch(seed=step)), 0.1)
        digests.add(digest_arrays(trainer.network.parameters()))
    assert len(digests) == 1


@pytest.mark.parametrize("kinds", ["dhrd", "dd", "dsrd"])
def test_a_network_with_the_layer_learns_and_is_captured(kinds: str) -> None:
    """The loss falls, and a captured state restores the rest of the training."""
    trainer, (pixels, labels) = make_trainer("f32", kinds), make_batch(32)
    trainer.reset_bounds()
    first = measure_loss(trainer, pixels, labels)
    for _ in range(5):
        trainer.step(Samples(pixels, labels), 0.1)
    state, copy = trainer.capture(), make_trainer("f32", kinds)
    copy.restore(state)
    for both in (trainer, copy):
        both.step(Samples(pixels, labels), 0.1)
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
