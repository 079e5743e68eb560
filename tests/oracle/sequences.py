"""Layers of sequences: embedding, positions, and the mean over positions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oracle.columns import average_column
from oracle.layers import Batch, Gradient, Inputs, Layer, Rows, Signal
from oracle.weights import round_columns, sum_columns

if TYPE_CHECKING:
    from oracle.formats import Format
    from oracle.optimizers import Tensor


def transpose(tensor: Tensor) -> Tensor:
    """Return a parameter (k, n) as one (n, k)."""
    k, n = tensor.shape
    tensor.values = [tensor.values[i * n + j] for j in range(n) for i in range(k)]
    tensor.shape = [n, k]
    return tensor


class Embedding(Layer):
    """A vector for each token."""

    def __init__(self, name: str, inputs: Inputs, weight: Tensor, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.weight = weight
        self.units = weight.shape[1]
        self.tokens: list[int] = []

    @property
    def outputs(self) -> Inputs:
        """One position for each value."""
        return Inputs(shape=(math.prod(self.inputs.shape), self.units))

    @property
    def tensors(self) -> list[Tensor]:
        """The table."""
        return [self.weight]

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the vectors of tokens."""
        self.tokens = [int(token) for row in x.values for token in row]
        table = self.weight.values
        rows = [[z for t in row for z in table[int(t) * self.units : (int(t) + 1) * self.units]] for row in x.values]
        return Signal(self.outputs.shape, rows)

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradient of the table."""
        fmt, scale = self.fmt, self.fmt.round_one(batch.factor)
        flat = [d * scale for row in dy.multiply_out(fmt) for d in row]
        addends = [fmt.round(flat[i : i + self.units]) for i in range(0, len(flat), self.units)]
        bits = 22 if fmt.code == "f" else min(53 - (len(addends) - 1).bit_length(), 51)
        columns = round_columns(addends, bits, fmt.cap)
        sums = [[0] * self.units for _ in range(self.weight.shape[0])]
        for token, row in zip(self.tokens, columns.units, strict=True):
            sums[token] = [total + x for total, x in zip(sums[token], row, strict=True)]
        gradient = [x for row in sums for x in fmt.round(columns.scale(row))]
        return Signal(self.inputs.shape, []), [Gradient(tensor=self.weight, values=gradient)]


class Positions(Layer):
    """A vector for each position, which is added."""

    def __init__(self, name: str, inputs: Inputs, weight: Tensor, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.weight = weight

    @property
    def tensors(self) -> list[Tensor]:
        """The table."""
        return [self.weight]

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the sum."""
        rows = x.multiply_out(self.fmt)
        return Signal(
            x.shape, [self.fmt.round([z + w for z, w in zip(row, self.weight.values, strict=True)]) for row in rows]
        )

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradients of input and table."""
        rows, scale = dy.multiply_out(self.fmt), self.fmt.round_one(batch.factor)
        addends: Rows = [self.fmt.round([d * scale for d in row]) for row in rows]
        return Signal(dy.shape, rows), [Gradient(tensor=self.weight, values=sum_columns(addends, self.fmt))]


class MeanPositions(Layer):
    """The mean over positions."""

    @property
    def outputs(self) -> Inputs:
        """One vector."""
        return Inputs(shape=self.inputs.shape[-1:], is_data=self.inputs.is_data)

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the means."""
        width = self.inputs.shape[-1]
        rows = [[average_column(row[i::width]) for i in range(width)] for row in x.multiply_out(self.fmt)]
        return Signal(self.outputs.shape, [self.fmt.round(row) for row in rows])

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:  # noqa: ARG002 - as above
        """Return an equal part for every position."""
        count = math.prod(self.inputs.shape[:-1])
        rows = [self.fmt.round([d / count for d in row]) * count for row in dy.multiply_out(self.fmt)]
        return Signal(self.inputs.shape, rows), []
