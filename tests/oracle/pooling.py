"""Pooling and flattening."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oracle.layers import Batch, Gradient, Inputs, Layer, Signal
from oracle.windows import Sums

if TYPE_CHECKING:
    from oracle.formats import Format
    from oracle.windows import Pair, Window

Seen = list[list[int]]


class Pool(Layer):
    """What both kinds of pooling have."""

    def __init__(self, name: str, inputs: Inputs, window: Window, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.window = window
        channels, places = range(window.image[0]), window.list_places()
        self.sees: Seen = [
            [pixel for pixel in window.see(place, range(channel, channel + 1)) if pixel is not None]
            for channel in channels
            for place in places
        ]

    @property
    def outputs(self) -> Inputs:
        """The same channels at fewer places."""
        return Inputs(shape=(self.window.image[0], *self.window.places), is_data=self.inputs.is_data)

    def list_offsets(self) -> list[Pair]:
        """Return the order in which gradients of several windows are added."""
        raise NotImplementedError

    def give(self, sample: int, place: int, number: int, d: float) -> float | None:
        """Return what the output at a place gives to the pixel of this number in its window; None for nothing."""
        raise NotImplementedError

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:  # noqa: ARG002 - for others
        """Return the gradient of the input; units of samples stay."""
        dy = dy.keep_sample_units(self.fmt)
        sums = Sums(len(dy.values), self.window.image, self.fmt)
        for i, j in self.list_offsets():
            number = i * self.window.size[1] + j
            for sample, row in enumerate(dy.values):
                given = [self.give(sample, place, number, d) for place, d in enumerate(row)]
                chosen = [(self.sees[place][number], x) for place, x in enumerate(given) if x is not None]
                if chosen:
                    sums.add(sample, [pixel for pixel, _ in chosen], [x for _, x in chosen])
        return Signal(self.inputs.shape, sums.rows, dy.exponents), []


class MaxPool(Pool):
    """The largest value in a window."""

    def __init__(self, name: str, inputs: Inputs, window: Window, fmt: Format) -> None:
        super().__init__(name, inputs, window, fmt)
        self.first: list[list[int]] = []

    @property
    def outputs(self) -> Inputs:
        """Bytes stay bytes."""
        return Inputs(shape=super().outputs.shape, is_bytes=self.inputs.is_bytes, is_data=self.inputs.is_data)

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the largest values."""
        seen = [[[row[i] for i in sees] for sees in self.sees] for row in x.values]
        self.first = [[values.index(max(values)) for values in places] for places in seen]
        return Signal(self.outputs.shape, [[max(values) for values in places] for places in seen], None, x.is_bytes)

    def list_offsets(self) -> list[Pair]:
        """Return the order in which gradients of several windows are added."""
        return self.window.list_offsets()[::-1]

    def give(self, sample: int, place: int, number: int, d: float) -> float | None:
        """Return the gradient for the first of the largest values."""
        return d if self.first[sample][place] == number else None


class AveragePool(Pool):
    """The mean of a window."""

    def __init__(self, name: str, inputs: Inputs, window: Window, fmt: Format) -> None:
        super().__init__(name, inputs, window, fmt)
        self.factor = fmt.round_one(1.0 / math.prod(window.size))

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the means."""
        rows = []
        for row in x.multiply_out(self.fmt):
            totals = [row[sees[0]] for sees in self.sees]
            for number in range(1, math.prod(self.window.size)):
                totals = self.fmt.round([a + row[sees[number]] for a, sees in zip(totals, self.sees, strict=True)])
            rows.append(self.fmt.round([total * self.factor for total in totals]))
        return Signal(self.outputs.shape, rows)

    def list_offsets(self) -> list[Pair]:
        """Return the order in which gradients of several windows are added."""
        down, right = self.window.size
        return [(i, j) for i in reversed(range(down)) for j in range(right)]

    def give(self, sample: int, place: int, number: int, d: float) -> float | None:  # noqa: ARG002 - the same for all
        """Return an equal part of the gradient."""
        return self.fmt.round_one(d * self.factor)


class Flatten(Layer):
    """All values of a sample as one row."""

    @property
    def outputs(self) -> Inputs:
        """Bytes stay bytes, data stays data."""
        shape = (math.prod(self.inputs.shape),)
        return Inputs(shape=shape, is_bytes=self.inputs.is_bytes, is_data=self.inputs.is_data)

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the same values."""
        return Signal(self.outputs.shape, x.values, x.exponents, x.is_bytes)

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:  # noqa: ARG002 - as above
        """Return the same gradient."""
        return Signal(self.inputs.shape, dy.values, dy.exponents), []
