"""Convolutions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oracle import exact
from oracle.formats import cut
from oracle.layers import Batch, Gradient, Inputs, Layer, Rows, Signal
from oracle.weights import Operand, Weight, multiply_factors, round_columns, sum_columns
from oracle.windows import Sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.formats import Format, Kind
    from oracle.optimizers import Tensor
    from oracle.windows import Pair, Window


def list_pieces(places: Pair, samples: int, kind: Kind) -> list[list[int]]:
    """Return the rows of each piece of a product over rows."""
    down, right = places
    parts = kind.cut(samples, rows=True)
    g = max(1, kind.longest_rows // max(stop - start for start, stop in parts))
    if g < right:
        blocks = [[y * right + x for x in range(*ends)] for y in range(down) for ends in cut(right, g)]
    else:
        blocks = [[y * right + x for y in range(*ends) for x in range(right)] for ends in cut(down, g // right)]
    return [[i * samples + j for i in block for j in range(*ends)] for block in blocks for ends in parts]


class Conv2d(Layer):
    """A dense layer on what a window sees at each place."""

    def __init__(
        self, name: str, inputs: Inputs, window: Window, parameters: tuple[Tensor, Tensor], kind: Kind, fmt: Format
    ) -> None:
        super().__init__(name, inputs, fmt)
        weight, self.bias = parameters
        (self.length, self.width), self.kind, self.window = weight.shape, kind, window
        self.bits = 8 if inputs.is_bytes else kind.left_bits
        limit = kind.most(self.length, 1 << self.bits)
        if not inputs.is_data:
            limit = min(limit, kind.most(self.width, 1 << kind.left_bits))
        self.weight = Weight(weight, (self.length, self.width), limit, fmt)
        self.operand = Operand([], [])
        self.sees = [window.see(place, range(window.image[0])) for place in window.list_places()]

    @property
    def outputs(self) -> Inputs:
        """Channels of places."""
        return Inputs(shape=(self.width, *self.window.places))

    @property
    def tensors(self) -> list[Tensor]:
        """Weight and bias."""
        return [self.weight.tensor, self.bias]

    @property
    def weights(self) -> list[Weight]:
        """The weight."""
        return [self.weight]

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return z."""
        self.weight.choose_grid()
        samples, exponents = self._round(x, self.bits) if not x.is_bytes else (x.values, [-8] * len(x.values))
        rows = [[0 if i is None else int(row[i]) for i in sees] for sees in self.sees for row in samples]
        self.operand = Operand(rows, exponents * len(self.sees))
        z = []
        for row, unit in zip(exact.multiply(rows, self.weight.units, self.kind), self.operand.exponents, strict=True):
            scaled = self.fmt.round(exact.scale(row, self.weight.exponent - unit))
            z.append(self.fmt.round([a + c for a, c in zip(scaled, self.bias.values, strict=True)]))
        return Signal(self.outputs.shape, self._gather(z, len(samples)))

    def _round(self, x: Signal, bits: int) -> tuple[list[list[int]], list[int]]:
        """Return whole numbers of a unit for each sample."""
        exponents = [exact.find_unit(exact.measure(row), bits, self.fmt.cap) for row in x.values]
        return [exact.count_units(row, -e) for row, e in zip(x.values, exponents, strict=True)], exponents

    def _gather(self, rows: Rows, samples: int) -> Rows:
        """Return rows of places and samples as samples of channels."""
        return [[row[channel] for channel in range(self.width) for row in rows[i::samples]] for i in range(samples)]

    def _spread(self, samples: Sequence[Sequence[float]]) -> Rows:
        """Return samples of channels as rows of places and samples."""
        places = len(self.sees)
        return [[row[channel * places + i] for channel in range(self.width)] for i in range(places) for row in samples]

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradients of input, weight and bias."""
        dy = dy.keep_sample_units(self.fmt)
        exponents = [0] * len(dy.values) if dy.exponents is None else [parts[0] for parts in dy.exponents]
        below = Signal(self.inputs.shape, []) if self.inputs.is_data else self._pass_down(dy, exponents)
        return below, self._list_gradients(self._spread(dy.values), exponents * len(self.sees), batch.factor)

    def _pass_down(self, dy: Signal, exponents: list[int]) -> Signal:
        bits = self.kind.most(self.width, self.weight.limit).bit_length() - 1
        whole, own = self._round(dy, bits)
        transposed = [list(column) for column in zip(*self.weight.units, strict=True)]
        rows = [[int(x) for x in row] for row in self._spread(whole)]
        products = [exact.scale(row, self.weight.exponent) for row in exact.multiply(rows, transposed, self.kind)]
        sums, samples = Sums(len(whole), self.window.image, self.kind), len(whole)
        down, right = self.window.size
        for offset in [(i, j) for i in reversed(range(down)) for j in range(right)]:
            for number, row in enumerate(products):
                self._add(sums, divmod(number, samples), offset, row)
        units = [v + w for v, w in zip(exponents, own, strict=True)]
        if self.kind.code == self.fmt.code:
            return Signal(self.inputs.shape, sums.rows, [[unit] for unit in units])
        plain = [[math.ldexp(x, unit) for x in row] for row, unit in zip(sums.rows, units, strict=True)]
        return Signal(self.inputs.shape, [self.fmt.round(row) for row in plain])

    def _add(self, sums: Sums, origin: Pair, offset: Pair, row: list[float]) -> None:
        """Add what the window at a place gives to its pixel at an offset, in all channels."""
        place, sample = origin
        size = math.prod(self.window.size)
        first = offset[0] * self.window.size[1] + offset[1]
        pairs = [(self.sees[place][i], row[i]) for i in range(first, self.length, size)]
        pixels = [pixel for pixel, _ in pairs if pixel is not None]
        if pixels:
            sums.add(sample, pixels, [number for _, number in pairs])

    def _list_gradients(self, rows: Rows, exponents: list[int], factor: float) -> list[Gradient]:
        fmt, kind, scale = self.fmt, self.kind, self.fmt.round_one(factor)
        pieces = list_pieces(self.window.places, len(rows) // len(self.sees), kind)
        bits = kind.most_of(max(map(len, pieces)), 1 << self.bits).bit_length() - 1
        factors = [scale * 2.0**u * 2.0**v for v, u in zip(exponents, self.operand.exponents, strict=True)]
        t = round_columns(multiply_factors(rows, factors, kind), bits, fmt.cap)
        columns = list(zip(*self.operand.units, strict=True))
        products = exact.multiply(columns, t.units, kind, rows=True, pieces=pieces)
        gradient = [x for row in products for x in fmt.round(t.scale(row))]
        if self.inputs.is_bytes and fmt.code == "f":
            bias = [x * 2.0**8 for x in fmt.round(t.scale(exact.sum_columns(t.units, kind.precision)))]
        else:
            bias = sum_columns(multiply_factors(rows, [scale * 2.0**v for v in exponents], fmt), fmt)
        reach = (t.magnitude * (1.0 + 2.0 ** (1 - bits)) * len(rows)) * 2.0**self.bits
        return [
            Gradient(tensor=self.weight.tensor, values=gradient, weight=self.weight, reach=reach),
            Gradient(tensor=self.bias, values=bias),
        ]
