"""Residual connections: layers with their input added to their output.

Part of bits 2. (He et al., "Deep residual learning for image recognition", CVPR 2016.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.errors import ConfigurationError
from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.sequence import list_backward, list_forward
from appliance.layers.shapes import copy_plain
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config.sequence_layers import ResidualConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch
    from appliance.layers.terms import Term
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class Residual(Layer):
    """`y = x + f(x)` with layers as f, the same in both arithmetics.

    Args:
        name: such as "residual_1".
        fmt: the number format.
        layers: in forward order; their output has the shape of their input.
        inputs: the specification of the input.
    """

    def __init__(self, name: str, fmt: Format, layers: Sequence[Layer], inputs: InputSpec) -> None:
        super().__init__(name, fmt)
        self._layers = tuple(layers)
        self._inputs = inputs
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(cls, settings: ResidualConfig, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer with its inner layers, and the specification of its output.

        Raises:
            ConfigurationError: the output of the inner layers has another shape than their input.
        """
        layers, output = builder.build(settings.layers, InputSpec(shape=inputs.shape, is_data=inputs.is_data))
        if output.shape != inputs.shape:
            raise ConfigurationError(
                f"the layers inside {name} do not fit the connection around them",
                expected=f"an output of shape {inputs.shape}, that of the input",
                found=f"an output of shape {output.shape}",
                where="model.layers",
                remedy="change the last of the inner layers",
            )
        return cls(name, builder.fmt, layers, inputs), InputSpec(shape=inputs.shape, is_data=output.is_data)

    @property
    def layers(self) -> Sequence[Layer]:
        """The inner layers."""
        return self._layers

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return the sum of x and the output of the inner layers, which get a copy of x."""
        inside, y = self._work.take_like("inside", x.values), self._work.take_like("y", x.values)
        copy_plain(x, inside, plan)
        copy_plain(x, y, plan)
        signals = list_forward(self._layers, Signal(inside), batch, plan)
        batch.keep(self.name, signals)
        plan.begin(f"{self.name}.joined")
        plan("add", y, signals[-1].values, y)
        return Signal(y)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the sum of dy and the gradient that passes through the inner layers, and their terms."""
        found: list[Term] = []
        inside, dx = self._work.take_like("inside dy", dy.values), self._work.take_like("dx", dy.values)
        copy_plain(dy, inside, plan)
        copy_plain(dy, dx, plan)
        signals = batch.recall(self.name, list)
        below = list_backward(
            self._layers, signals, Signal(inside), batch, plan, lambda _, terms, __: found.extend(terms)
        )
        if below is None:
            return Backward(None, found)
        plan.begin(f"{self.name}.joined_gradient")
        if below.units is not None:
            plan("multiply", below.values, below.units, below.values)
        plan("add", dx, below.values, dx)
        return Backward(Signal(dx), found)
