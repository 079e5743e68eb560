"""Dense layers with ReLU between them: forward, backward, losses."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from oracle import exact, functions
from oracle.losses import compute_softmax
from oracle.optimizers import Tensor
from oracle.streams import draw_uniforms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.formats import Format
    from oracle.optimizers import Optimizer

Rows = list[list[float]]


class Activation(NamedTuple):
    """A layer's input: whole numbers by row, with each row's unit as a power of two."""

    units: Sequence[Sequence[int]]
    exponents: list[int]


class Layer:
    """One dense layer."""

    def __init__(self, number: int, shape: tuple[int, int], seed: int, fmt: Format) -> None:
        self.fmt, self.inputs, self.outputs = fmt, *shape
        size = self.inputs * self.outputs
        root = math.sqrt(6 / self.inputs)
        start = [(2.0 * u - 1.0) * root for u in draw_uniforms(size, seed, "init", number)]
        self.weight = Tensor(f"dense_{number}.weight", list(shape), fmt.round(start))
        self.bias = Tensor(f"dense_{number}.bias", [self.outputs], [0.0] * self.outputs)
        self.reads_pixels = number == 1
        self.input_bits = 8 if self.reads_pixels else fmt.activation_bits
        self.limit = self._find_limit(self.inputs, self.input_bits)
        if not self.reads_pixels:
            self.limit = min(self.limit, self._find_limit(self.outputs, fmt.gradient_bits))
        self.bound: float | None = None
        self.exponent = 0
        self.grid: list[list[int]] = []

    def _find_limit(self, length: int, bits: int) -> int:
        return (1 << self.fmt.precision) // (exact.measure_longest(length, self.fmt.chunk) << bits)

    def choose_grid(self) -> None:
        """Round the weights to a grid: a new one if the carried bound is too large for the old one."""
        if self.bound is None or self.bound > math.ldexp(self.limit, -self.exponent):
            self.bound = max(map(abs, self.weight.values))
            self.exponent = exact.find_exponent(self.bound, 3 * self.limit // 4, self.fmt.cap)
        units = exact.count_units(self.weight.values, self.exponent)
        self.grid = [units[i : i + self.outputs] for i in range(0, len(units), self.outputs)]

    def run_forward(self, activation: Activation) -> Rows:
        """Return z for every row."""
        self.choose_grid()
        products = exact.multiply(activation.units, self.grid, self.fmt)
        z = []
        for row, unit in zip(products, activation.exponents, strict=True):
            scaled = exact.scale(row, self.exponent - unit)
            z.append(self.fmt.round([x + c for x, c in zip(scaled, self.bias.values, strict=True)]))
        return z

    def run_backward(self, activation: Activation, rows: Rows, exponents: list[int]) -> tuple[Rows, list[int]]:
        """Return the gradient of the input with the units of its rows."""
        fmt = self.fmt
        longest = exact.measure_longest(self.outputs, fmt.chunk)
        bits = ((1 << fmt.precision) // (longest * self.limit)).bit_length() - 1
        units = [exact.find_unit(row, bits, fmt.cap) for row in rows]
        whole = [exact.count_units(row, -unit) for row, unit in zip(rows, units, strict=True)]
        transposed = [list(column) for column in zip(*self.grid, strict=True)]
        gradients = []
        for product, inputs in zip(exact.multiply(whole, transposed, fmt), activation.units, strict=True):
            scaled = exact.scale(product, self.exponent)
            gradients.append([g if x else 0.0 for g, x in zip(scaled, inputs, strict=True)])
        return gradients, [v + w for v, w in zip(exponents, units, strict=True)]

    def train(
        self, activation: Activation, rows: Rows, exponents: list[int], factor: float, optimizer: Optimizer, top: bool
    ) -> None:
        """Update weight and bias for an output gradient; factor is the scale, in double precision."""
        fmt, count = self.fmt, len(rows)
        scale = fmt.round_one(factor)
        t = []
        for row, v, u in zip(rows, exponents, activation.exponents, strict=True):
            f = fmt.round_one(math.ldexp(fmt.round_one(math.ldexp(scale, u)), v))
            t += fmt.round([x * f for x in row])
        largest = max(map(abs, t))
        s = exact.find_exponent(largest, self._find_limit(count, self.input_bits), fmt.cap)
        units = exact.count_units(t, s)
        grid = [units[i : i + self.outputs] for i in range(0, len(units), self.outputs)]
        columns = list(zip(*activation.units, strict=True))
        gradient = [x for row in exact.multiply(columns, grid, fmt) for x in exact.scale(row, s)]
        if self.reads_pixels:
            bias = exact.scale(self._sum_columns(grid), s - 8)
        else:
            terms = []
            for row, v in zip(rows, exponents, strict=True):
                f = fmt.round_one(math.ldexp(scale, v))
                terms += fmt.round([x * f for x in row])
            magnitude = scale if top else max(map(abs, terms))
            limit = min((1 << fmt.precision) // count, 1 << fmt.precision - 2)
            s_bias = exact.find_exponent(magnitude, limit, fmt.cap)
            units = exact.count_units(terms, s_bias)
            grid = [units[i : i + self.outputs] for i in range(0, len(units), self.outputs)]
            bias = exact.scale(self._sum_columns(grid), s_bias)
        reach = (largest + math.ldexp(1.0, -s)) * count * 2.0**self.input_bits if largest else 0.0
        optimizer.update(self.weight, gradient)
        optimizer.update(self.bias, bias)
        self._carry_bound(optimizer.bound_move(self.weight, reach))

    def _sum_columns(self, grid: list[list[int]]) -> list[int]:
        sums = [sum(column) for column in zip(*grid, strict=True)]
        assert all(sum(map(abs, column)) <= 1 << self.fmt.precision for column in zip(*grid, strict=True))
        return sums

    def _carry_bound(self, moved: float) -> None:
        assert self.bound is not None
        self.bound = (self.bound + (1.0 + 2.0**-10) * moved) * (1.0 + 2.0 ** (1 - self.fmt.precision))


class Network:
    """A stack of layers, from pixels to logits."""

    def __init__(self, widths: list[int], seed: int, fmt: Format) -> None:
        self.fmt = fmt
        self.layers = [Layer(number, shape, seed, fmt) for number, shape in enumerate(pairwise(widths), 1)]

    def parameters(self) -> list[Tensor]:
        """Return all tensors."""
        return [tensor for layer in self.layers for tensor in (layer.weight, layer.bias)]

    def reset_bounds(self) -> None:
        """Drop the bounds of all layers; they are measured again at the next use."""
        for layer in self.layers:
            layer.bound = None
            layer.weight.first_bound = max(map(abs, layer.weight.first))

    def run_forward(self, images: list[bytes]) -> tuple[Rows, list[Activation]]:
        """Return the logits, and every layer's input."""
        activations = [Activation(images, [-8] * len(images))]
        for layer in self.layers[:-1]:
            activations.append(self._activate(layer.run_forward(activations[-1])))
        return self.layers[-1].run_forward(activations[-1]), activations

    def _activate(self, z: Rows) -> Activation:
        rows = [[max(x, 0.0) for x in row] for row in z]
        exponents = [exact.find_unit(row, self.fmt.activation_bits, self.fmt.cap) for row in rows]
        return Activation([exact.count_units(row, -u) for row, u in zip(rows, exponents, strict=True)], exponents)

    def train(self, images: list[bytes], labels: list[int], optimizer: Optimizer, rate: float) -> list[float]:
        """Take one step; return the samples' losses."""
        logits, activations = self.run_forward(images)
        softmax = compute_softmax(logits, self.fmt)
        rows = []
        for p, label in zip(softmax.probabilities, labels, strict=True):
            rows.append(self.fmt.round([x - 1.0 if k == label else x for k, x in enumerate(p)]))
        optimizer.begin_step(rate)
        factor = (rate if optimizer.name == "sgd" else 1.0) / len(images)
        exponents = [0] * len(rows)
        for layer, activation in zip(reversed(self.layers), reversed(activations), strict=True):
            above = rows, exponents
            if not layer.reads_pixels:
                rows, exponents = layer.run_backward(activation, *above)
            layer.train(activation, *above, factor, optimizer, layer is self.layers[-1])
        return [
            functions.log(whole) - d[label]
            for whole, d, label in zip(softmax.sums, softmax.shifted, labels, strict=True)
        ]
