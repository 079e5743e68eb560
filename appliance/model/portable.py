"""Dense layers in portable arithmetic: products on grids, the same bits on every machine."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.model.workspace import Workspace
from appliance.numerics.carried import CarriedGrid
from appliance.numerics.formats import PIXEL_BITS, PIXEL_UNIT, find_limit, find_longest, split_length
from appliance.numerics.functions import exp_softly, log
from appliance.numerics.grids import (
    find_exponent,
    find_magnitude,
    find_row_units,
    make_constant,
    measure_magnitude,
    round_by_constant,
    round_rows,
    round_to_grid,
)
from appliance.numerics.plans import call_now
from appliance.numerics.products import multiply_exact
from appliance.numerics.quotients import divide_exactly
from appliance.numerics.sums import add_rows, limit_addends, mean_exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.model.optimizers import Optimizer, Slot
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]
    Chunks = tuple[tuple[int, int], ...]

# A weight's gradient is made, applied and followed by the next rounding in blocks of at most this many entries.
_BLOCK_ENTRIES = 1 << 17
# Outputs of at most this width are laid out column by column.
_NARROW = 16


class Scaled(NamedTuple):
    """An array as `values` (m, k) times `units`, a power of two for all of it, shape (), or for each row (m, 1).

    Activations hold whole numbers from 0 to 2**bits; gradients any numbers. A softmax's gradient has no units,
    which stands for 1, and entries of at most 1.
    """

    values: Floats
    units: Floats | None


class PortableDense:
    """One dense layer: `z = x @ weight + bias` with weight (k, n) and bias (n,), updated in place.

    Args:
        name: as in reports, such as "dense_1".
        weight: shape (k, n), of the format's dtype.
        bias: shape (n,).
        fmt: the number format.
        first: the layer reads pixels, whose unit is the same for all; it passes no gradient on.

    Methods with `do` list their calls there; what they return are arrays that these calls fill.
    A narrow output, such as logits, is laid out column by column, where reductions over its rows are faster.
    """

    def __init__(self, name: str, weight: Floats, bias: Floats, fmt: Format, *, first: bool) -> None:
        self.name = name
        self.weight = weight
        self.bias = bias
        self._fmt = fmt
        self._first = first
        self._bits = PIXEL_BITS if first else fmt.activation_bits
        self._chunks = split_length(weight.shape[0], fmt)
        self._rounded = np.empty_like(weight)
        self._fresh = False
        self._output_chunks = split_length(weight.shape[1], fmt)
        limit = find_limit(weight.shape[0], self._bits, fmt)
        if not first:
            limit = min(limit, find_limit(weight.shape[1], fmt.gradient_bits, fmt))
        self._grid = CarriedGrid(limit, fmt)
        self._gradient_bits = fmt.limit_left(find_longest(self._output_chunks), limit).bit_length() - 1
        self._work = Workspace(fmt.dtype)
        self._aside: tuple[NDArray[np.intp], Floats, tuple[Floats, ...]]

    def forget_bound(self) -> None:
        """Measure the weight's grid anew at the next use."""
        self._grid.forget()

    def focus(self, columns: NDArray[np.intp], slot: Slot) -> None:
        """Set aside all inputs but these, ascending, until `unfocus`; to be called when all others are zero throughout.

        Leaving out terms that are zero changes no exact sum, and weights without gradient do not move.
        """
        rest = np.ones(self.weight.shape[0], dtype=np.bool_)
        rest[columns] = False
        self._aside = (columns, self.weight, slot.arrays)
        self._grid.at_least = find_magnitude(self.weight[rest])
        cuts = np.searchsorted(columns, [start for start, _ in self._chunks] + [self.weight.shape[0]]).tolist()
        pieces = tuple((start, stop) for start, stop in pairwise(cuts) if start < stop)
        self._replace(self.weight[columns], pieces or ((0, 0),))
        slot.arrays = tuple(array[columns] for array in slot.arrays)

    def unfocus(self, slot: Slot) -> None:
        """Take all inputs back."""
        columns, weight, arrays = self._aside
        weight[columns] = self.weight
        for whole, part in zip(arrays, slot.arrays, strict=True):
            whole[columns] = part
        slot.arrays = arrays
        self._grid.at_least = 0.0
        self._replace(weight, split_length(weight.shape[0], self._fmt))

    def _replace(self, weight: Floats, chunks: Chunks) -> None:
        self.weight, self._chunks = weight, chunks
        self._rounded, self._fresh = np.empty_like(weight), False

    def forward(self, x: Scaled, do: Do = call_now) -> Floats:
        """Return z, shape (m, n), never -0. A row depends on no other row."""
        rows, width = x.values.shape[0], self.weight.shape[1]
        take = self._work.take_columns if width <= _NARROW else self._work.take
        z, spare = take("z", rows, width), take("spare", rows, width)
        do(self._settle)
        multiply_exact(x.values, self._rounded, self._chunks, z, spare, do)
        do(np.multiply, z, x.units, z)
        do(np.add, z, self.bias, z)
        return z

    def _settle(self) -> None:
        if not self._grid.holds:
            self._grid.measure(self.weight)
            self._fresh = False
        if not self._fresh:
            round_by_constant(self.weight, self._grid.constant, self._rounded)
            self._fresh = True

    def backward(self, dz: Scaled, do: Do = call_now) -> Scaled:
        """Return the gradient of the layer's input (m, k) for that of its output (m, n); list it before `update`."""
        rows, width = dz.values.shape[0], self.weight.shape[0]
        values, units = np.empty_like(dz.values), np.empty((rows, 1), dtype=self._fmt.dtype)
        do(np.abs, dz.values, values)
        find_row_units(values, self._gradient_bits, self._fmt, units, do)
        round_rows(dz.values, units, values, self._fmt, do)
        dx, spare = self._work.take("dx", rows, width), self._work.take("dx spare", rows, width)
        multiply_exact(values, self._rounded.T, self._output_chunks, dx, spare, do)
        if dz.units is not None:
            do(np.multiply, units, dz.units, units)
        return Scaled(values=dx, units=units)

    def update(
        self,
        x: Scaled,
        dz: Scaled,
        scale: Floats,
        optimizer: Optimizer,
        slots: tuple[Slot, Slot],
        do: Do = call_now,
    ) -> None:
        """Take one optimizer step with the gradients `x.T @ dz * scale` (k, n) and the column sums of `dz * scale`.

        Args:
            x: the layer's input (m, k), as given to `forward`.
            dz: the gradient of its output (m, n).
            scale: shape (), read when the step is taken.
            optimizer: the rule.
            slots: its state of the weight and of the bias.
            do: makes the calls, or lists them. They raise NonFiniteError when dz holds a NaN, an infinity or a value
                out of range.
        """
        fmt, (weight_slot, bias_slot) = self._fmt, slots
        operand, spare, magnitude = np.empty_like(dz.values), np.empty_like(dz.values), np.empty((), dtype=fmt.dtype)
        constant, bias_gradient = np.empty_like(magnitude), np.empty_like(self.bias)
        do(np.multiply, dz.values, self._join_units(x, dz, scale, do), operand)
        measure_magnitude(operand, spare, magnitude, do)
        limit, terms = find_limit(len(operand), self._bits, fmt), len(operand) << self._bits
        do(self._choose_grid, magnitude, limit, terms, constant, optimizer, weight_slot)
        round_by_constant(operand, constant, operand, do)
        if self._first:
            add_rows(operand, bias_gradient, do)
            do(np.multiply, bias_gradient, fmt.dtype(2.0**PIXEL_BITS), bias_gradient)
        else:
            self._sum_terms(dz, scale, spare, bias_gradient, do)
        self._apply(x.values.T, operand, optimizer, weight_slot, do)
        optimizer.update(self.bias, bias_gradient, bias_slot.arrays, do)

    def _join_units(self, x: Scaled, dz: Scaled, scale: Floats, do: Do) -> Floats:
        factor = np.empty_like(x.units)
        do(np.multiply, x.units, scale, factor)
        if dz.units is None:
            return factor
        joined = np.empty_like(dz.units)
        do(np.multiply, dz.units, factor, joined)
        return joined

    def _choose_grid(
        self, magnitude: Floats, limit: int, terms: int, constant: Floats, optimizer: Optimizer, slot: Slot
    ) -> None:
        """Choose the grid of the gradient's operand, and note how far its step can move the weight."""
        largest = float(magnitude)
        exponent = find_exponent(largest, limit, self._fmt)
        constant.fill(make_constant(exponent, self._fmt))
        reach = (largest + math.ldexp(1.0, -exponent)) * terms if largest else 0.0
        self._grid.widen(optimizer.bound_change(reach, slot))

    def _sum_terms(self, dz: Scaled, scale: Floats, terms: Floats, out: Floats, do: Do) -> None:
        if dz.units is None:
            bound = scale
            do(np.multiply, dz.values, scale, terms)
        else:
            bound, factor = np.empty_like(scale), np.empty_like(dz.units)
            do(np.multiply, dz.units, scale, factor)
            do(np.multiply, dz.values, factor, terms)
            measure_magnitude(terms, np.empty_like(terms), bound, do)
        constant = np.empty_like(scale)
        do(self._choose_addends, bound, limit_addends(len(terms), self._fmt), constant)
        add_rows(round_by_constant(terms, constant, terms, do), out, do)

    def _choose_addends(self, bound: Floats, limit: int, constant: Floats) -> None:
        exponent = find_exponent(float(bound), limit, self._fmt)
        constant.fill(make_constant(exponent, self._fmt))

    def _apply(self, left: Floats, right: Floats, optimizer: Optimizer, slot: Slot, do: Do) -> None:
        height, width = self.weight.shape
        chunks = split_length(len(right), self._fmt)
        pieces = max(1, -(-height * width // _BLOCK_ENTRIES))
        block = max(1, -(-height // pieces))
        for start in range(0, height, block):
            stop = min(start + block, height)
            gradient = self._work.take("gradient", stop - start, width)
            spare = self._work.take("gradient spare", stop - start, width) if len(chunks) > 1 else None
            multiply_exact(left[start:stop], right, chunks, gradient, spare, do)
            optimizer.update(self.weight[start:stop], gradient, slot.cut(start, stop), do)
            # Of use only while the grid holds; `_settle` sees to the rest.
            round_by_constant(self.weight[start:stop], self._grid.constant, self._rounded[start:stop], do)


@lru_cache(maxsize=16)
def _find_softmax_exponent(classes: int, fmt: Format) -> int:
    return find_exponent(1.0, limit_addends(classes, fmt), fmt)


class PortableArithmetic:
    """What a network needs besides its layers, in portable arithmetic of one format."""

    skips_zeros = True

    def __init__(self, fmt: Format) -> None:
        self.fmt = fmt
        self._work = Workspace(fmt.dtype)

    def make_dense(self, name: str, weight: Floats, bias: Floats, *, first: bool) -> PortableDense:
        """Return a layer around the given arrays, which it will change in place."""
        return PortableDense(name, weight, bias, self.fmt, first=first)

    def receive(self, rows: int, columns: int, do: Do = call_now) -> Scaled:  # noqa: ARG002
        """Return the activation that stands for byte / 256, exactly, once bytes (m, k) are copied into its values."""
        return Scaled(self._work.take("pixels", rows, columns), np.asarray(PIXEL_UNIT, dtype=self.fmt.dtype))

    def rectify(self, name: str, z: Floats, do: Do = call_now) -> Scaled:
        """Return ReLU of z (m, n) from the layer of that name, each row on its own grid; z is overwritten.

        `maximum` may return either zero of a pair; z holds no -0, so there is nothing to choose.
        """
        do(np.maximum, z, self._work.fill("zeros", 0.0, *z.shape), out=z)
        units = find_row_units(z, self.fmt.activation_bits, self.fmt, np.empty((len(z), 1), self.fmt.dtype), do)
        return Scaled(values=round_rows(z, units, self._work.take(name, *z.shape), self.fmt, do), units=units)

    def mask(self, dx: Scaled, x: Scaled, do: Do = call_now) -> Scaled:
        """Return dx (m, k) with zeros where the rounded activation is zero; dx is overwritten."""
        ones = self._work.fill("ones", 1.0, *x.values.shape)
        active = self._work.take("active", *x.values.shape)
        do(np.minimum, x.values, ones, out=active)
        do(np.multiply, dx.values, active, dx.values)
        return dx

    def soften(self, z: Floats, do: Do = call_now) -> tuple[Floats, Floats, Floats]:
        """Return (probabilities (m, c), logits less their maximum (m, c), denominators (m, 1)) of a softmax.

        Computed class by class, which is how logits lie in memory.
        """
        logits = z.T
        highest, denominators = np.empty(len(z), dtype=z.dtype), np.empty(len(z), dtype=z.dtype)
        shifted, terms = np.empty_like(logits), np.empty_like(logits)
        do(np.maximum.reduce, logits, 0, None, highest)
        do(np.subtract, logits, highest, shifted)
        exp_softly(shifted, terms, do)
        round_to_grid(terms, _find_softmax_exponent(len(logits), self.fmt), self.fmt, terms, do)
        add_rows(terms, denominators, do)
        divide_exactly(terms, denominators, terms, do)
        return terms.T, shifted.T, denominators[:, np.newaxis]

    def wrap(self, gradient: Floats) -> Scaled:
        """Return a softmax's gradient (m, c) in the form layers take it."""
        return Scaled(values=gradient, units=None)

    def average_loss(self, shifted: Floats, denominators: Floats) -> float:
        """Return the mean cross-entropy `log(denominator) - shifted logit of the true class`, both of shape (n,)."""
        return mean_exact(log(denominators.astype(np.float64)) - shifted.astype(np.float64))
