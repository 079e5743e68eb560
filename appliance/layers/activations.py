"""Smooth activations: tanh, sigmoid, GELU.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.layers.layer import Backward, Signal
from appliance.layers.operands import make_plain
from appliance.layers.simple import SimpleLayer
from appliance.numerics.activations import gelu, gelu_slope, sigmoid, sigmoid_slope, tanh, tanh_slope

if TYPE_CHECKING:
    from typing import ClassVar

    from appliance.layers.layer import Batch, Floats
    from appliance.numerics.plans import Plan


class Activation(SimpleLayer):
    """A function of each value; its gradient is the gradient of the output times the function's slope."""

    slope_needs_output: ClassVar[bool] = True

    def evaluate(self, x: Floats, out: Floats, plan: Plan) -> None:
        """List the function of x, into out."""
        raise NotImplementedError(self.name)

    def find_slope(self, value: Floats, out: Floats, plan: Plan) -> None:
        """List the slope, from the output or from the input, into out."""
        raise NotImplementedError(self.name)

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return the function of every value."""
        values = make_plain(x, plan)
        y = self._work.take_like("y", values)
        self.evaluate(values, y, plan)
        return Signal(y)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy times the slope; dy is overwritten."""
        slope = self._work.take_like("slope", y.values)
        self.find_slope(y.values if self.slope_needs_output else x.values, slope, plan)
        plan("multiply", dy.values, slope, dy.values)
        return Backward(dy, [])


class PortableTanh(Activation):
    """The hyperbolic tangent."""

    def evaluate(self, x: Floats, out: Floats, plan: Plan) -> None:
        """List tanh."""
        tanh(x, out, plan)

    def find_slope(self, value: Floats, out: Floats, plan: Plan) -> None:
        """List 1 - y * y."""
        tanh_slope(value, out, plan)


class NativeTanh(PortableTanh):
    """The hyperbolic tangent in plain NumPy."""

    def evaluate(self, x: Floats, out: Floats, plan: Plan) -> None:
        """List tanh."""
        plan("tanh", x, out)


class PortableSigmoid(Activation):
    """The logistic function."""

    def evaluate(self, x: Floats, out: Floats, plan: Plan) -> None:
        """List 1 / (1 + e**-x)."""
        sigmoid(x, out, plan)

    def find_slope(self, value: Floats, out: Floats, plan: Plan) -> None:
        """List y * (1 - y)."""
        sigmoid_slope(value, out, plan)


class NativeSigmoid(PortableSigmoid):
    """The logistic function in plain NumPy."""

    def evaluate(self, x: Floats, out: Floats, plan: Plan) -> None:
        """List (1 + tanh(x / 2)) / 2, which never overflows."""
        half = self.fmt.dtype(0.5)
        plan("multiply", x, half, out)
        plan("tanh", out, out)
        plan("multiply", out, half, out)
        plan("add", out, half, out)


class PortableGelu(Activation):
    """The Gaussian error linear unit. NumPy has no error function, so native arithmetic uses this one, too."""

    slope_needs_output = False

    def evaluate(self, x: Floats, out: Floats, plan: Plan) -> None:
        """List GELU."""
        gelu(x, out, plan)

    def find_slope(self, value: Floats, out: Floats, plan: Plan) -> None:
        """List the slope of GELU."""
        gelu_slope(value, out, plan)


NativeGelu = PortableGelu
