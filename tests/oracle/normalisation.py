"""Layer normalisation and batch normalisation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oracle.columns import average_column
from oracle.layers import Batch, Gradient, Layer, Rows, Signal
from oracle.optimizers import Tensor, flush
from oracle.weights import sum_columns

if TYPE_CHECKING:
    from oracle.formats import Format
    from oracle.layers import Inputs

_IMAGE = 3

Columns = list[list[float]]


class Norm(Layer):
    """What both have in common.

    `split` cuts samples into columns, `join` makes samples of columns again. Values are also seen as rows with a value
    for each entry of weight and bias.
    """

    def __init__(self, name: str, inputs: Inputs, epsilon: float, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.epsilon = epsilon
        self.count = self.count_parameters()
        self.weight = Tensor(f"{name}.weight", [self.count], [1.0] * self.count)
        self.bias = Tensor(f"{name}.bias", [self.count], [0.0] * self.count)
        self.normal: Rows = []
        self.inverse: list[float] = []

    @property
    def tensors(self) -> list[Tensor]:
        """Weight and bias."""
        return [self.weight, self.bias]

    def count_parameters(self) -> int:
        """Return the number of entries of weight and bias."""
        return self.inputs.shape[-1]

    def place(self, index: int) -> int:
        """Return the entry of weight and bias for the value with this index in a sample."""
        return index % self.count

    def split(self, rows: Rows) -> Columns:
        """Return columns."""
        raise NotImplementedError

    def join(self, columns: Columns) -> Rows:
        """Return the samples of columns."""
        raise NotImplementedError

    def find_moments(self, columns: Columns, batch: Batch) -> tuple[Columns, list[float]]:  # noqa: ARG002 - for batches
        """Return each column less its mean, and its variance."""
        means = [average_column(column) for column in columns]
        centred = [[x - mean for x in column] for column, mean in zip(columns, means, strict=True)]
        return centred, [average_column([c * c for c in column]) for column in centred]

    def forward(self, x: Signal, batch: Batch) -> Signal:
        """Return the normalised values times weight plus bias."""
        fl, w, b = self.fmt.round, self.weight.values, self.bias.values
        centred, variances = self.find_moments(self.split(x.multiply_out(self.fmt)), batch)
        self.inverse = [1.0 / math.sqrt(variance + self.epsilon) for variance in variances]
        pairs = zip(centred, self.inverse, strict=True)
        self.normal = self.join([fl([c * s for c in column]) for column, s in pairs])
        rows = []
        for row in self.normal:
            scaled = fl([n * w[self.place(i)] for i, n in enumerate(row)])
            rows.append(fl([y + b[self.place(i)] for i, y in enumerate(scaled)]))
        return Signal(x.shape, rows)

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradients of input, weight and bias."""
        rows, w = dy.multiply_out(self.fmt), self.weight.values
        own = self._list_gradients(rows, batch.factor)
        g = self.split([[d * w[self.place(i)] for i, d in enumerate(row)] for row in rows])
        below = []
        for column, normal, s in zip(g, self.split(self.normal), self.inverse, strict=True):
            a = average_column(column)
            b = average_column([x * n for x, n in zip(column, normal, strict=True)])
            below.append(self.fmt.round([((x - a) - n * b) * s for x, n in zip(column, normal, strict=True)]))
        return Signal(dy.shape, self.join(below)), own

    def _list_gradients(self, rows: Rows, factor: float) -> list[Gradient]:
        fl, scale = self.fmt.round, self.fmt.round_one(factor)
        weighted = [
            fl([x * scale for x in fl([d * n for d, n in zip(*pair, strict=True)])])
            for pair in zip(rows, self.normal, strict=True)
        ]
        plain = [fl([d * scale for d in row]) for row in rows]
        return [
            Gradient(tensor=tensor, values=sum_columns(self.list_rows(addends), self.fmt))
            for tensor, addends in ((self.weight, weighted), (self.bias, plain))
        ]

    def list_rows(self, samples: Rows) -> Rows:
        """Return values as rows with an entry for each parameter."""
        return [row[i : i + self.count] for row in samples for i in range(0, len(row), self.count)]


class LayerNorm(Norm):
    """Normalisation of each position of each sample."""

    def split(self, rows: Rows) -> Columns:
        """Return the positions."""
        return self.list_rows(rows)

    def join(self, columns: Columns) -> Rows:
        """Return samples of positions."""
        size = math.prod(self.inputs.shape) // self.count
        return [[x for column in columns[i : i + size] for x in column] for i in range(0, len(columns), size)]


class BatchNorm(Norm):
    """Normalisation of each channel over a batch."""

    def __init__(self, name: str, inputs: Inputs, epsilon: float, momentum: float, fmt: Format) -> None:
        super().__init__(name, inputs, epsilon, fmt)
        self.momentum = momentum
        self.mean = Tensor(f"{name}.running_mean", [self.count], [0.0] * self.count)
        self.variance = Tensor(f"{name}.running_variance", [self.count], [1.0] * self.count)

    @property
    def tensors(self) -> list[Tensor]:
        """Weight and bias, and the running moments."""
        return [self.weight, self.bias, self.mean, self.variance]

    @property
    def is_image(self) -> bool:
        """Whether channels come first."""
        return len(self.inputs.shape) == _IMAGE

    def count_parameters(self) -> int:
        """Return the number of channels."""
        return self.inputs.shape[0 if self.is_image else -1]

    def place(self, index: int) -> int:
        """Return the channel of a value."""
        size = math.prod(self.inputs.shape)
        return index // (size // self.count) if self.is_image else index % self.count

    def split(self, rows: Rows) -> Columns:
        """Return the values of each channel."""
        return [
            [x for row in rows for i, x in enumerate(row) if self.place(i) == channel] for channel in range(self.count)
        ]

    def join(self, columns: Columns) -> Rows:
        """Return samples of channels."""
        size = math.prod(self.inputs.shape)
        sources = [iter(column) for column in columns]
        count = len(columns[0]) * self.count // size
        return [[next(sources[self.place(i)]) for i in range(size)] for _ in range(count)]

    def list_rows(self, samples: Rows) -> Rows:
        """Return a row of channels for each place."""
        return [list(row) for row in zip(*self.split(samples), strict=True)]

    def find_moments(self, columns: Columns, batch: Batch) -> tuple[Columns, list[float]]:
        """Return each column less its mean, and its variance; a training changes the running ones."""
        if not batch.training:
            pairs = zip(columns, self.mean.values, strict=True)
            return [[x - mean for x in column] for column, mean in pairs], self.variance.values
        count = len(columns[0])
        means = [average_column(column) for column in columns]
        centred, variances = super().find_moments(columns, batch)
        self._run(self.mean, means)
        self._run(self.variance, [variance * count / max(count - 1, 1) for variance in variances])
        return centred, variances

    def _run(self, running: Tensor, new: list[float]) -> None:
        kept, share = 1.0 - self.momentum, self.momentum
        sums = [x * kept + y * share for x, y in zip(running.values, new, strict=True)]
        running.values = flush(self.fmt.round(sums), 2 * self.fmt.cap, self.fmt)
