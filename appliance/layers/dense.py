"""Dense layers: `z = x @ weight + bias`.

Part of bits 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.gradients import GradientGrids, NativeSums, PortableSums, make_addends, sum_bias
from appliance.layers.layer import Addends, InputSpec, Layer, Signal, Sums
from appliance.layers.operands import round_signed_rows
from appliance.layers.weights import GridWeight
from appliance.numerics.formats import find_limit, find_longest, split_length
from appliance.numerics.products import multiply_exact
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.config.layers import DenseConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Arrays, Floats, Indices, Updater
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do, Plan

# Outputs of at most this width are laid out column by column, where reductions over their rows are faster.
_NARROW = 16


class PortableDense(Layer):
    """One dense layer on grids: weight (k, n) and bias (n,), updated in place.

    Args:
        name: such as "dense_1".
        weight: shape (k, n), of the format's dtype.
        bias: shape (n,).
        fmt: the number format.
        inputs: the specification of the layer's input.
    """

    def __init__(self, name: str, weight: Floats, bias: Floats, fmt: Format, inputs: InputSpec) -> None:
        super().__init__(name, fmt)
        self._bits = fmt.activation_bits if inputs.bits is None else inputs.bits
        self._output_chunks = split_length(weight.shape[1], fmt)
        limit = find_limit(weight.shape[0], self._bits, fmt)
        if not inputs.is_data:
            limit = min(limit, find_limit(weight.shape[1], fmt.gradient_bits, fmt))
        self._weight = GridWeight(weight, limit, fmt)
        self._bias = bias
        self._gradient_bits = fmt.limit_left(find_longest(self._output_chunks), limit).bit_length() - 1
        self._work = Workspace(fmt.dtype)
        self._operands: dict[int, Signal] = {}

    @classmethod
    def build(
        cls, settings: DenseConfig, name: str, number: int, inputs: InputSpec, builder: Builder
    ) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output."""
        weight, bias = _draw_parameters(settings, number, inputs, builder)
        return cls(name, weight, bias, builder.fmt, inputs), InputSpec(shape=(settings.units,), bits=None)

    def parameters(self) -> dict[str, Floats]:
        """Return weight and bias."""
        return {"weight": self._weight.array, "bias": self._bias}

    def prepare(self, plan: Plan) -> None:
        """List the rounding of the weight."""
        plan.host(self._weight.round)

    def forward(self, x: Signal, plan: Plan) -> Signal:
        """Return z, shape (m, n), never -0."""
        rows, width = x.values.shape[0], self._weight.array.shape[1]
        take = self._work.take_columns if width <= _NARROW else self._work.take
        z, spare = take("z", rows, width), take("spare", rows, width)
        x = self._round_input(x, plan)
        multiply_exact(x.values, self._weight.rounded, self._weight.chunks, z, spare, plan)
        plan("multiply", z, x.units, z)
        plan("add", z, self._bias, z)
        return Signal(z)

    def _round_input(self, x: Signal, plan: Plan) -> Signal:
        """Return the input as whole numbers with units; plain values are rounded row by row."""
        if x.units is not None:
            return x
        rounded = round_signed_rows(x.values, self._bits, self.fmt, plan)
        self._operands[len(x.values)] = rounded
        return rounded

    def _find_operand(self, x: Signal) -> Signal:
        """Return the operand that `forward` made of this input."""
        return x if x.units is not None else self._operands[len(x.values)]

    def backward(self, x: Signal, y: Signal, dy: Signal, plan: Plan) -> Signal:  # noqa: ARG002
        """Return the gradient of the layer's input, shape (m, k)."""
        rows, width = dy.values.shape[0], self._weight.array.shape[0]
        left = round_signed_rows(dy.values, self._gradient_bits, self.fmt, plan)
        dx, spare = self._work.take("dx", rows, width), self._work.take("dx spare", rows, width)
        multiply_exact(left.values, self._weight.rounded.T, self._output_chunks, dx, spare, plan)
        if dy.units is not None:
            plan("multiply", left.units, dy.units, left.units)
        return Signal(dx, left.units)

    def update(self, x: Signal, dy: Signal, scale: Floats, updater: Updater, plan: Plan) -> None:
        """Take one step with the gradients `x.T @ dy * scale` (k, n) and the column sums of `dy * scale`."""
        x, optimizer, slots = self._find_operand(x), updater.optimizer, updater.slots
        count, bias_gradient = len(dy.values), np.empty_like(self._bias)
        addends, grids = make_addends(x, dy, scale, self.fmt, plan), GradientGrids(count, self._bits, self.fmt)
        plan.host(grids.choose, addends.magnitudes)
        plan.host(self._widen, grids, updater)
        grids.round(addends, plan)
        sum_bias(addends, bias_gradient, self.fmt, plan)
        plan.output(f"{self.name}.weight_addends", addends.weight)
        plan.output(f"{self.name}.bias_gradient", bias_gradient)
        plan.begin(f"{self.name}.update")
        self._weight.apply_product(x.values.T, addends.weight, optimizer, slots["weight"], plan)
        optimizer.update(self._bias, bias_gradient, slots["bias"].arrays, plan)

    def _widen(self, grids: GradientGrids, updater: Updater) -> None:
        """Add the largest possible change of the weight to its bound."""
        self._weight.widen(grids.largest, updater.optimizer, updater.slots["weight"])

    def measure(self, x: Signal, dy: Signal, scale: Floats, plan: Plan) -> Addends:
        """Return what a batch, or a part of it, adds to the gradients; arguments as for `update`."""
        return make_addends(self._find_operand(x), dy, scale, self.fmt, plan)

    def begin_sums(self, count: int, magnitudes: Floats, do: Do) -> PortableSums:
        """Return empty sums for a batch of `count` samples whose parts have addends of at most these magnitudes."""
        grids = GradientGrids(count, self._bits, self.fmt)
        grids.choose(magnitudes)
        return PortableSums(grids, count, self._weight.array, self.fmt, do)

    def apply_sums(self, sums: Sums, scale: Floats, updater: Updater) -> None:  # noqa: ARG002
        """Take the optimizer step of `update` with the gradients of a batch that came in parts."""
        if not isinstance(sums, PortableSums):
            raise TypeError(f"expected the sums of `begin_sums`, found {type(sums).__name__}")
        self._widen(sums.grids, updater)
        gradients = sums.total()
        self._weight.apply(gradients["weight"], updater.optimizer, updater.slots["weight"])
        updater.optimizer.update(self._bias, gradients["bias"], updater.slots["bias"].arrays)

    def reset_bounds(self) -> None:
        """Measure the weight again at the next use."""
        self._weight.reset_bound()

    def capture(self) -> Arrays:
        """Return the weight's grid and its bound."""
        return {"grid": self._weight.capture()}

    def restore(self, arrays: Arrays) -> None:
        """Take over the grid; the weight is rounded again at the next use."""
        self._weight.restore(arrays["grid"])

    @property
    def skips_zero_inputs(self) -> bool:
        """True: terms that are zero change no exact sum, and weights without a gradient do not move."""
        return True

    def select_inputs(self, columns: Indices, updater: Updater) -> None:
        """Compute on these columns only, ascending; all others are zero in every sample until `release_inputs`."""
        self._weight.select_rows(columns, updater.slots["weight"])

    def release_inputs(self, updater: Updater) -> None:
        """Compute on all inputs again."""
        self._weight.release_rows(updater.slots["weight"])


class NativeDense(Layer):
    """One dense layer in plain NumPy: weight (k, n) and bias (n,), updated in place."""

    def __init__(self, name: str, weight: Floats, bias: Floats, fmt: Format) -> None:
        super().__init__(name, fmt)
        self._weight = weight
        self._bias = bias
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(
        cls, settings: DenseConfig, name: str, number: int, inputs: InputSpec, builder: Builder
    ) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output."""
        weight, bias = _draw_parameters(settings, number, inputs, builder)
        return cls(name, weight, bias, builder.fmt), InputSpec(shape=(settings.units,), bits=None)

    def parameters(self) -> dict[str, Floats]:
        """Return weight and bias."""
        return {"weight": self._weight, "bias": self._bias}

    def forward(self, x: Signal, plan: Plan) -> Signal:
        """Return z, shape (m, n)."""
        z = self._work.take("z", x.values.shape[0], self._weight.shape[1])
        plan("matmul", x.values, self._weight, z)
        plan("add", z, self._bias, z)
        return Signal(z)

    def backward(self, x: Signal, y: Signal, dy: Signal, plan: Plan) -> Signal:  # noqa: ARG002
        """Return the gradient of the layer's input, shape (m, k)."""
        dx = self._work.take("dx", dy.values.shape[0], self._weight.shape[0])
        plan("matmul", dy.values, self._weight.T, dx)
        return Signal(dx)

    def update(self, x: Signal, dy: Signal, scale: Floats, updater: Updater, plan: Plan) -> None:
        """Take one step with the gradients `x.T @ dy * scale` (k, n) and the column sums of `dy * scale`."""
        gradient, bias_gradient = self._work.take("gradient", *self._weight.shape), np.empty_like(self._bias)
        plan("matmul", x.values.T, dy.values, gradient)
        plan("multiply", gradient, scale, gradient)
        plan("add.reduce", dy.values, 0, None, bias_gradient)
        plan("multiply", bias_gradient, scale, bias_gradient)
        plan.output(f"{self.name}.weight_gradient", gradient)
        plan.output(f"{self.name}.bias_gradient", bias_gradient)
        plan.begin(f"{self.name}.update")
        updater.optimizer.update(self._weight, gradient, updater.slots["weight"].arrays, plan)
        updater.optimizer.update(self._bias, bias_gradient, updater.slots["bias"].arrays, plan)

    def measure(self, x: Signal, dy: Signal, scale: Floats, plan: Plan) -> Addends:  # noqa: ARG002
        """Return what a part of a batch adds to the gradients; nothing has to be agreed on before."""
        return Addends(x, dy.values, None, np.zeros(0, dtype=dy.values.dtype))

    def begin_sums(self, count: int, magnitudes: Floats, do: Do) -> NativeSums:  # noqa: ARG002
        """Return empty sums."""
        return NativeSums(self._weight, self._bias)

    def apply_sums(self, sums: Sums, scale: Floats, updater: Updater) -> None:
        """Take one optimizer step with the gradients of a batch that came in parts."""
        gradients = sums.total()
        for name, parameter in self.parameters().items():
            updater.optimizer.update(parameter, gradients[name] * scale, updater.slots[name].arrays)


def _draw_parameters(settings: DenseConfig, number: int, inputs: InputSpec, builder: Builder) -> tuple[Floats, Floats]:
    fan_in = math.prod(inputs.shape)
    return builder.draw_weight(number, fan_in, settings.units), np.zeros(settings.units, dtype=builder.fmt.dtype)
