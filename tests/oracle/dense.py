"""Dense layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle import exact
from oracle.layers import Batch, Gradient, Inputs, Layer, Rows, Shape, Signal
from oracle.weights import Operand, Weight, multiply_factors, round_columns, round_rows, sum_columns

if TYPE_CHECKING:
    from oracle.formats import Format, Kind
    from oracle.optimizers import Tensor


class Product:
    """Rows times a weight plus a bias, with the gradients of all three."""

    def __init__(self, weight: Tensor, bias: Tensor, inputs: Inputs, kind: Kind, fmt: Format) -> None:
        (self.length, self.width), self.kind, self.fmt, self.inputs = weight.shape, kind, fmt, inputs
        self.bits = 8 if inputs.is_bytes else kind.left_bits
        limit = kind.most(self.length, 1 << self.bits)
        if not inputs.is_data:
            limit = min(limit, kind.most(self.width, 1 << kind.left_bits))
        self.weight, self.bias = Weight(weight, (self.length, self.width), limit, fmt), bias
        self.operand = Operand([], [])

    @property
    def is_wide(self) -> bool:
        """Whether operands are float64 numbers while the format is another."""
        return self.kind.code != self.fmt.code

    def forward(self, rows: Rows, exponents: list[int] | None) -> Rows:
        """Return z for rows; for rows of whole numbers with their units."""
        self.weight.choose_grid()
        if exponents is None:
            self.operand = round_rows(rows, self.bits, self.fmt.cap)
        else:
            self.operand = Operand([[int(x) for x in row] for row in rows], exponents)
        products = exact.multiply(self.operand.units, self.weight.units, self.kind)
        z = []
        for row, unit in zip(products, self.operand.exponents, strict=True):
            scaled = self.fmt.round(exact.scale(row, self.weight.exponent - unit))
            z.append(self.fmt.round([x + c for x, c in zip(scaled, self.bias.values, strict=True)]))
        return z

    def pass_down(self, rows: Rows, exponents: list[int]) -> tuple[Rows, list[int] | None]:
        """Return the gradient of the input with the units of its rows."""
        bits = self.kind.most(self.width, self.weight.limit).bit_length() - 1
        left = round_rows(rows, bits, self.fmt.cap)
        units = [v + w for v, w in zip(exponents, left.exponents, strict=True)]
        transposed = [list(column) for column in zip(*self.weight.units, strict=True)]
        products = exact.multiply(left.units, transposed, self.kind)
        if not self.is_wide:
            return [exact.scale(row, self.weight.exponent) for row in products], units
        return [
            self.fmt.round(exact.scale(row, self.weight.exponent - unit))
            for row, unit in zip(products, units, strict=True)
        ], None

    def list_gradients(self, rows: Rows, exponents: list[int], factor: float) -> list[Gradient]:
        """Return the gradients of weight and bias; factor is the scale, in double precision."""
        fmt, kind, scale = self.fmt, self.kind, self.fmt.round_one(factor)
        factors = [scale * 2.0**u * 2.0**v for v, u in zip(exponents, self.operand.exponents, strict=True)]
        bits = kind.most(len(rows), 1 << self.bits, rows=True).bit_length() - 1
        t = round_columns(multiply_factors(rows, factors, kind), bits, fmt.cap)
        columns = list(zip(*self.operand.units, strict=True))
        gradient = [fmt.round(t.scale(row)) for row in exact.multiply(columns, t.units, kind, rows=True)]
        if self.inputs.is_bytes:
            sums = t.scale(exact.sum_columns(t.units, kind.precision))
            bias = [x * 2.0**8 for x in fmt.round(sums)]
        else:
            bias = sum_columns(multiply_factors(rows, [scale * 2.0**v for v in exponents], fmt), fmt)
        reach = (t.magnitude * (1.0 + 2.0 ** (1 - bits)) * len(rows)) * 2.0**self.bits
        whole = [x for row in gradient for x in row]
        return [
            Gradient(tensor=self.weight.tensor, values=whole, weight=self.weight, reach=reach),
            Gradient(tensor=self.bias, values=bias),
        ]


class Dense(Layer):
    """A dense layer on whole samples, or at every position."""

    def __init__(self, name: str, inputs: Inputs, product: Product, *, per_position: bool) -> None:
        super().__init__(name, inputs, product.fmt)
        self.product, self.per_position = product, per_position

    @property
    def outputs(self) -> Inputs:
        """Positions are kept."""
        shape: Shape = (self.product.width,)
        return Inputs(shape=(*self.inputs.shape[:-1], *shape) if self.per_position else shape)

    @property
    def tensors(self) -> list[Tensor]:
        """Weight and bias."""
        return [self.product.weight.tensor, self.product.bias]

    @property
    def weights(self) -> list[Weight]:
        """The weight."""
        return [self.product.weight]

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return z."""
        z = self.product.forward(*x.cut(self.product.length, self.fmt))
        return Signal(self.outputs.shape, join(z, len(x.values)))

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradients of input, weight and bias."""
        rows, exponents = dy.cut(self.product.width, self.fmt)
        exponents = exponents or [0] * len(rows)
        dx = Signal(self.inputs.shape, [])
        if not self.inputs.is_data:
            below, units = self.product.pass_down(rows, exponents)
            samples = len(dy.values)
            parts = None if units is None else [[*u] for u in share(units, samples)]
            dx = Signal(self.inputs.shape, join(below, samples), parts)
        return dx, self.product.list_gradients(rows, exponents, batch.factor)


def share(items: list[int], samples: int) -> list[list[int]]:
    """Return what rows have, as a list for every sample."""
    count = len(items) // samples
    return [items[i : i + count] for i in range(0, len(items), count)]


def join(rows: Rows, samples: int) -> Rows:
    """Return rows as one row for every sample."""
    count = len(rows) // samples
    return [[x for row in rows[i : i + count] for x in row] for i in range(0, len(rows), count)]
