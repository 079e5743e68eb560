"""Dense layers: `z = x @ weight + bias`.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.column_terms import ColumnTerm
from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.native_terms import NativeTerm
from appliance.layers.operands import Operand, flatten, round_operand, view_rows
from appliance.layers.product_terms import ProductTerm
from appliance.layers.weights import GridLayer, GridWeight
from appliance.numerics.products import multiply_exact
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.config.layers import DenseConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats, Indices, Updater
    from appliance.layers.product_terms import GradientRows
    from appliance.layers.terms import Term
    from appliance.numerics.formats import Format, Kind
    from appliance.numerics.plans import Plan

# Outputs of at most this width are laid out column by column, where reductions over their rows are faster.
_NARROW = 16


class PortableDense(GridLayer):
    """One dense layer on grids: weight (k, n) and bias (n,), updated in place.

    Args:
        name: such as "dense_1".
        weight: shape (k, n), of the format's dtype.
        bias: shape (n,).
        fmt: the number format.
        kind: the kind of products.
        inputs: the specification of the layer's input: every row of k values is multiplied by the weight.
        shape: of one sample's output; empty for (n,).
    """

    def __init__(
        self,
        name: str,
        weight: Floats,
        bias: Floats,
        fmt: Format,
        kind: Kind,
        inputs: InputSpec,
        shape: tuple[int, ...] = (),
    ) -> None:
        super().__init__(name, fmt)
        self._shape = shape or bias.shape
        (length, width), self._kind = weight.shape, kind
        self._bits = kind.left_bits if inputs.bits is None else inputs.bits
        limit = kind.find_weight_limit(length, self._bits, None if inputs.is_data else width)
        self._gradient_bits = kind.find_gradient_bits(width, limit)
        self._weight = GridWeight(weight, limit, kind, fmt)
        self._bias = bias
        self._inputs = inputs
        self._work = Workspace(fmt.dtype)
        self._products = Workspace(kind.fmt.dtype)

    @classmethod
    def build(cls, settings: DenseConfig, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output."""
        fan_in, outputs = _find_shapes(settings, inputs)
        weight, bias = builder.draw_weight(fan_in, settings.units), builder.make_zeros(settings.units)
        kind = builder.find_kind(settings.product)
        return cls(name, weight, bias, builder.fmt, kind, inputs, outputs.shape), outputs

    def parameters(self) -> dict[str, Floats]:
        """Return weight and bias."""
        return {"weight": self._weight.array, "bias": self._bias}

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return z, never -0."""
        length, width = self._weight.array.shape
        x = flatten(x, length, plan)
        spare = self._products.take_like("operand spare", x.values)
        operand = self._round(x, self._bits, spare, plan) if x.units is None else self._receive(x, x.units, plan)
        batch.keep(self.name, operand)
        rows = len(x.values)
        product = self._take("product", rows, width, self._products)
        multiply_exact(
            operand.values,
            self._weight.rounded,
            self._weight.pieces,
            product,
            self._take("spare", rows, width, self._products),
            plan,
        )
        z = product if product.dtype == self.fmt.dtype else self._take("z", rows, width, self._work)
        plan("multiply", product, operand.units, z)
        plan("add", z, self._bias, z)
        return Signal(z.reshape(batch.rows, *self._shape))

    def _receive(self, x: Signal, units: Floats, plan: Plan) -> Operand:
        """Return whole numbers in the format of the products."""
        values, dtype = x.values, self._kind.fmt.dtype
        if values.dtype != dtype:
            values = np.empty_like(x.values, dtype=dtype)
            plan("copyto", values, x.values)
        return Operand(values, units)

    @staticmethod
    def _take(name: str, rows: int, width: int, work: Workspace) -> Floats:
        return (work.take_columns if width <= _NARROW else work.take)(name, rows, width)

    def _round(self, x: Signal, bits: int, spare: Floats, plan: Plan) -> Operand:
        return round_operand(x, bits, self._kind, plan, spare)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient of the input, and the terms of weight and bias."""
        dy = flatten(dy, self._weight.array.shape[1], plan)
        below = None
        if not self._inputs.is_data:
            below = self._pass_down(dy, plan)
            below = Signal(below.values.reshape(x.values.shape), _expand(below.units, x.values))
        return Backward(below, self._list_terms(dy, batch, plan))

    def _pass_down(self, dy: Signal, plan: Plan) -> Signal:
        """Return the gradient of the input's rows (r, k)."""
        rows, width = dy.values.shape[0], self._weight.array.shape[0]
        left = self._round(Signal(dy.values), self._gradient_bits, self._products.take_like("row", dy.values), plan)
        dx, spare = self._products.take("dx", rows, width), self._products.take("dx spare", rows, width)
        pieces = self._kind.split(dy.values.shape[1])
        multiply_exact(left.values, self._weight.rounded.T, pieces, dx, spare, plan)
        if dy.units is not None:
            plan("multiply", left.units, dy.units, left.units)
        if dx.dtype == self.fmt.dtype:
            return Signal(dx, left.units)
        plain = self._work.take("plain dx", rows, width)
        plan("multiply", dx, left.units, plain)
        return Signal(plain)

    def _list_terms(self, dy: Signal, batch: Batch, plan: Plan) -> list[Term]:
        """Return the terms of weight and bias, with addends that are measured."""
        plan.begin(f"{self.name}.gradients")
        operand, dtype = batch.recall(self.name, Operand), self._kind.fmt.dtype
        uniform = operand.units.ndim == 0
        factor = np.empty((1, 1) if uniform else (len(dy.values), 1), dtype=dtype)
        plan("multiply", operand.units, batch.scale, factor)
        if dy.units is not None:
            rows = np.empty((len(dy.values), 1), dtype=dtype)
            plan("multiply", dy.units, factor, rows)
            factor = rows
        addends, spare = np.empty_like(dy.values, dtype=dtype), self._products.take_like("abs", dy.values)
        plan("multiply", dy.values, factor, addends)
        weight = ProductTerm(
            self, "weight", addends, batch.rows, operand=operand.values, bits=self._bits, kind=self._kind
        )
        weight.measure(plan, spare)
        if uniform:
            return [weight, ColumnTerm(self, "bias", addends, batch.rows, factor=2.0**self._bits, shared=weight)]
        return [weight, make_bias_term(self, dy, batch, plan)]

    def fuses(self, term: Term) -> bool:
        """Whether this is the term of the weight, which is updated block by block."""
        return isinstance(term, ProductTerm)

    def apply_term(self, term: Term, updater: Updater, plan: Plan, joined: GradientRows | None = None) -> None:
        """List the optimizer's step for the weight."""
        if isinstance(term, ProductTerm):
            rows = term if joined is None else joined
            self._weight.apply_rows(rows, updater.optimizer, updater.slots["weight"], plan)

    @property
    def skips_zero_inputs(self) -> bool:
        """True for bytes: terms that are zero change no exact sum, and weights without a gradient do not move."""
        return self._inputs.is_data and self._inputs.bits is not None and len(self._weight.array) == self._inputs.size

    def select_inputs(self, columns: Indices, updater: Updater) -> None:
        """Compute on these columns only, ascending; all others are zero in every sample until `release_inputs`."""
        self._weight.select_rows(columns, updater.slots["weight"])

    def release_inputs(self, updater: Updater) -> None:
        """Compute on all inputs again."""
        self._weight.release_rows(updater.slots["weight"])


def make_bias_term(layer: Layer, dy: Signal, batch: Batch, plan: Plan) -> ColumnTerm:
    """Return the measured term of a bias (n,) for the gradient dy (r, n) of an output, with units or without."""
    addends, factor = np.empty_like(dy.values), batch.scale
    if dy.units is not None:
        factor = np.empty(dy.units.shape, dtype=layer.fmt.dtype)
        plan("multiply", dy.units, batch.scale, factor)
    plan("multiply", dy.values, factor, addends)
    bias = ColumnTerm(layer, "bias", addends, batch.rows)
    bias.measure(plan)
    return bias


def _expand(units: Floats | None, like: Floats) -> Floats | None:
    """Return units (r, 1) of rows as units of an array (m, ..., k)."""
    if units is None:
        return None
    return (
        units.reshape(*like.shape[:-1], 1)
        if units.size == like.size // like.shape[-1]
        else (units.reshape(len(like), *(1 for _ in like.shape[1:])))
    )


class NativeDense(Layer):
    """One dense layer in plain NumPy: weight (k, n) and bias (n,), updated in place."""

    def __init__(
        self,
        name: str,
        weight: Floats,
        bias: Floats,
        fmt: Format,
        inputs: InputSpec,
        shape: tuple[int, ...] = (),
    ) -> None:
        super().__init__(name, fmt)
        self._shape = shape or bias.shape
        self._weight = weight
        self._bias = bias
        self._inputs = inputs
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(cls, settings: DenseConfig, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output."""
        fan_in, outputs = _find_shapes(settings, inputs)
        weight, bias = builder.draw_weight(fan_in, settings.units), builder.make_zeros(settings.units)
        return cls(name, weight, bias, builder.fmt, inputs, outputs.shape), outputs

    def parameters(self) -> dict[str, Floats]:
        """Return weight and bias."""
        return {"weight": self._weight, "bias": self._bias}

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return z."""
        rows = view_rows(x.values, self._weight.shape[0], plan)
        batch.keep(self.name, rows)
        z = self._work.take("z", len(rows), self._weight.shape[1])
        plan("matmul", rows, self._weight, z)
        plan("add", z, self._bias, z)
        return Signal(z.reshape(batch.rows, *self._shape))

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient of the input, and the terms of weight and bias."""
        rows = view_rows(dy.values, self._weight.shape[1], plan)
        below = None
        if not self._inputs.is_data:
            dx = self._work.take("dx", len(rows), self._weight.shape[0])
            plan("matmul", rows, self._weight.T, dx)
            below = Signal(dx.reshape(x.values.shape))
        return Backward(below, list_native_terms(self, batch.recall(self.name, np.ndarray), rows, batch, plan))


def list_native_terms(layer: Layer, operand: Floats, rows: Floats, batch: Batch, plan: Plan) -> list[Term]:
    """Return the terms of a weight (k, n) and a bias (n,) for an operand (r, k) and an output gradient (r, n)."""
    plan.begin(f"{layer.name}.gradients")
    addends = np.empty_like(rows)
    plan("multiply", rows, batch.scale, addends)
    return [
        NativeTerm(layer, "weight", addends, batch.rows, operand=operand),
        NativeTerm(layer, "bias", addends, batch.rows),
    ]


def _find_shapes(settings: DenseConfig, inputs: InputSpec) -> tuple[int, InputSpec]:
    """Return the number of values that a row of the operand has, and the specification of the output."""
    if settings.per_position:
        return inputs.shape[-1], InputSpec(shape=(*inputs.shape[:-1], settings.units))
    return inputs.size, InputSpec(shape=(settings.units,))
