"""The rectified linear unit.

Part of bits 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.layer import InputSpec, Layer, Signal
from appliance.numerics.grids import find_row_units, round_rows
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.layers.builder import Builder
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class PortableRelu(Layer):
    """ReLU with an output of whole numbers in units of each row, for the exact product that follows."""

    def __init__(self, name: str, fmt: Format) -> None:
        super().__init__(name, fmt)
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(cls, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer and the specification of its output."""
        return cls(name, builder.fmt), InputSpec(shape=inputs.shape, bits=builder.fmt.activation_bits)

    def forward(self, x: Signal, plan: Plan) -> Signal:
        """Return ReLU of x (m, n), each row on its own grid; x is overwritten.

        `maximum` may return either zero of a pair; x holds no -0, so both are the same.
        """
        z = x.values
        plan("maximum", z, self._work.fill("zeros", 0.0, *z.shape), out=z)
        units = np.empty((len(z), 1), dtype=self.fmt.dtype)
        find_row_units(z, self.fmt.activation_bits, self.fmt, units, plan)
        return Signal(round_rows(z, units, self._work.take("output", *z.shape), self.fmt, plan), units)

    def backward(self, x: Signal, y: Signal, dy: Signal, plan: Plan) -> Signal:  # noqa: ARG002
        """Return dy (m, n) with zeros where the rounded output is zero; dy is overwritten."""
        ones, active = self._work.fill("ones", 1.0, *y.values.shape), self._work.take("active", *y.values.shape)
        plan("minimum", y.values, ones, out=active)
        plan("multiply", dy.values, active, dy.values)
        return dy


class NativeRelu(Layer):
    """ReLU in plain NumPy."""

    @classmethod
    def build(cls, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer and the specification of its output."""
        return cls(name, builder.fmt), InputSpec(shape=inputs.shape, bits=None)

    def forward(self, x: Signal, plan: Plan) -> Signal:
        """Return ReLU of x (m, n), in place."""
        plan("maximum", x.values, self.fmt.dtype(0.0), out=x.values)
        return x

    def backward(self, x: Signal, y: Signal, dy: Signal, plan: Plan) -> Signal:  # noqa: ARG002
        """Return dy (m, n) with zeros where the output is not positive, in place."""
        active = np.empty(y.values.shape, dtype=np.bool_)
        plan("greater", y.values, 0, active)
        plan("multiply", dy.values, active, dy.values)
        return dy
