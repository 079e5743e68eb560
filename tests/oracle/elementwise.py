"""Layers that compute element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle import functions, tables
from oracle.layers import Batch, Gradient, Layer, Rows, Signal
from oracle.streams import encrypt, make_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.formats import Format
    from oracle.layers import Inputs

_PIECES = 16


class Relu(Layer):
    """The rectified linear unit."""

    def __init__(self, name: str, inputs: Inputs, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.active: Rows = []

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the positive part."""
        self.active = [[max(z, 0.0) for z in row] for row in x.multiply_out(self.fmt)]
        return Signal(x.shape, self.active)

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:  # noqa: ARG002 - as above
        """Return the gradient where the output is positive."""
        pairs = zip(dy.values, self.active, strict=True)
        rows = [[d if h else 0.0 for d, h in zip(*pair, strict=True)] for pair in pairs]
        return Signal(dy.shape, rows, dy.exponents), []


def find_value(kind: str, x: float, fmt: Format) -> float:
    """Return the value of an activation."""
    fl = fmt.round_one
    if kind == "tanh":
        return tables.evaluate("tanh", x, fmt)
    if kind == "gelu":
        return fl(fl(x * tables.evaluate("normal", x, fmt)) + 0.0)
    limits = functions.EXP_F32 if fmt.code == "f" else functions.EXP_F64
    t = functions.exp(min(max(x, limits.lowest), limits.highest), fmt)
    return fl(t / fl(1.0 + t))


def find_slope(kind: str, x: float, y: float, fmt: Format) -> float:
    """Return the slope of an activation at x, where its value is y."""
    fl = fmt.round_one
    if kind == "tanh":
        return fl(1.0 - fl(y * y))
    return tables.evaluate("gelu'", x, fmt) if kind == "gelu" else fl(fl(1.0 - y) * y)


class Curve(Layer):
    """Tanh, the logistic function, or GELU."""

    def __init__(self, kind: str, name: str, inputs: Inputs, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.kind = kind
        self.slopes: Rows = []

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the value of each element."""
        rows = x.multiply_out(self.fmt)
        values = [[find_value(self.kind, z, self.fmt) for z in row] for row in rows]
        self.slopes = [
            [find_slope(self.kind, z, y, self.fmt) for z, y in zip(*pair, strict=True)]
            for pair in zip(rows, values, strict=True)
        ]
        return Signal(x.shape, values)

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:  # noqa: ARG002 - as above
        """Return the gradient times the slope."""
        return Signal(dy.shape, multiply_rows(dy.values, self.slopes, self.fmt), dy.exponents), []


def multiply_rows(rows: Sequence[Sequence[float]], others: Rows, fmt: Format) -> Rows:
    """Return products element by element."""
    return [fmt.round([x * y for x, y in zip(*pair, strict=True)]) for pair in zip(rows, others, strict=True)]


class Dropout(Layer):
    """Sets values to zero by the words of a stream."""

    def __init__(self, name: str, inputs: Inputs, rate: float, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.least, self.factor = round(rate * 2.0**16), fmt.round_one(1.0 / (1.0 - rate))
        self.factors: Rows = []

    def forward(self, x: Signal, batch: Batch) -> Signal:
        """Return the input, in a training with the values that are kept, enlarged."""
        rows = x.multiply_out(self.fmt)
        if not batch.training:
            return Signal(x.shape, rows)
        number = int(self.name.rpartition("_")[2])
        key = make_key(batch.seed, "dropout", number, batch.epoch)
        self.factors = [self._list_factors(sample, len(rows[0]), key) for sample in batch.samples]
        return Signal(x.shape, multiply_rows(rows, self.factors, self.fmt))

    def _list_factors(self, sample: int, size: int, key: tuple[int, int]) -> list[float]:
        blocks = -(-size // _PIECES)
        words = [word for block in range(blocks) for word in encrypt(sample * blocks + block + 1, key)]
        pieces = [word >> shift & 0xFFFF for word in words for shift in (0, 16, 32, 48)]
        return [self.factor if piece >= self.least else 0.0 for piece in pieces[:size]]

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:  # noqa: ARG002 - for others
        """Return the gradient of what was kept, enlarged."""
        rows = multiply_rows(dy.multiply_out(self.fmt), self.factors, self.fmt)
        return Signal(dy.shape, rows), []
