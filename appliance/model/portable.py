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
from appliance.numerics.grids import find_exponent, find_magnitude, find_row_units, round_rows, round_to_grid
from appliance.numerics.products import multiply_exact, multiply_rounding
from appliance.numerics.quotients import divide_exactly
from appliance.numerics.sums import add_rows, limit_addends, mean_exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.model.optimizers import Optimizer, Slot
    from appliance.numerics.formats import Format

    Floats = NDArray[np.floating[Any]]
    Chunks = tuple[tuple[int, int], ...]

# Gradients of a weight are made and applied in blocks of about this many entries, to stay in cache.
_BLOCK_ENTRIES = 1 << 18
# Outputs of at most this width are laid out column by column.
_NARROW = 16


class Scaled(NamedTuple):
    """An array as `values` (m, k) times `units`, a power of two for all of it or for each row (m, 1).

    Activations hold whole numbers from 0 to 2**bits; gradients any numbers, with a bound of |values| if known.
    """

    values: Floats
    units: Any
    bound: float | None = None


class PortableDense:
    """One dense layer: `z = x @ weight + bias` with weight (k, n) and bias (n,), updated in place.

    Args:
        name: as in reports, such as "dense_1".
        weight: shape (k, n), of the format's dtype.
        bias: shape (n,).
        fmt: the number format.
        first: the layer reads pixels, whose unit is the same for all; it passes no gradient on.

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
        self._rounded = self._make_scratch()
        self._output_chunks = split_length(weight.shape[1], fmt)
        limit = find_limit(weight.shape[0], self._bits, fmt)
        if not first:
            limit = min(limit, find_limit(weight.shape[1], fmt.gradient_bits, fmt))
        self._grid = CarriedGrid(limit, fmt)
        self._gradient_bits = fmt.limit_left(find_longest(self._output_chunks), limit).bit_length() - 1
        self._work = Workspace(fmt.dtype)
        self._aside: tuple[NDArray[np.intp], Floats, tuple[Floats, ...]]

    def _make_scratch(self) -> Floats:
        # Only a first layer's rounded weight is not needed again; a large one is then rounded chunk by chunk.
        part = self._first and self.weight.size > _BLOCK_ENTRIES // 2
        return np.empty_like(self.weight[: find_longest(self._chunks)] if part else self.weight)

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
        self._chunks = pieces or ((0, 0),)
        self.weight = self.weight[columns]
        self._rounded = self._make_scratch()
        slot.arrays = tuple(array[columns] for array in slot.arrays)

    def unfocus(self, slot: Slot) -> None:
        """Take all inputs back."""
        columns, weight, arrays = self._aside
        weight[columns] = self.weight
        for whole, part in zip(arrays, slot.arrays, strict=True):
            whole[columns] = part
        self.weight, slot.arrays = weight, arrays
        self._grid.at_least = 0.0
        self._chunks = split_length(weight.shape[0], self._fmt)
        self._rounded = self._make_scratch()

    def forward(self, x: Scaled) -> Floats:
        """Return z, shape (m, n), never -0. A row depends on no other row."""
        rows, width = x.values.shape[0], self.weight.shape[1]
        take = self._work.take_columns if width <= _NARROW else self._work.take
        z, spare = take("z", rows, width), take("spare", rows, width)
        constant = self._grid.settle(self.weight)
        multiply_rounding(x.values, self.weight, constant, self._chunks, z, spare, self._rounded)
        np.multiply(z, x.units, out=z)
        np.add(z, self.bias, out=z)
        return z

    def backward(self, dz: Scaled) -> Scaled:
        """Return the gradient of the layer's input (m, k) for that of its output (m, n); call it before `update`."""
        rows, width = dz.values.shape[0], self.weight.shape[0]
        values = np.abs(dz.values)
        units = find_row_units(values, self._gradient_bits, self._fmt)
        round_rows(dz.values, units, values, self._fmt)
        dx, spare = self._work.take("dx", rows, width), self._work.take("dx spare", rows, width)
        multiply_exact(values, self._rounded.T, self._output_chunks, dx, spare)
        return Scaled(values=dx, units=units * dz.units)

    def update(self, x: Scaled, dz: Scaled, scale: float, optimizer: Optimizer, slots: tuple[Slot, Slot]) -> None:
        """Take one optimizer step with the gradients `x.T @ dz * scale` (k, n) and the column sums of `dz * scale`.

        Raises:
            NonFiniteError: dz holds a NaN, an infinity or a value out of range.
        """
        fmt, rows, (weight_slot, bias_slot) = self._fmt, dz.values.shape[0], slots
        chunks = split_length(rows, fmt)
        operand = np.multiply(dz.values, dz.units * (x.units * fmt.dtype(scale)))
        largest = find_magnitude(operand)
        exponent = find_exponent(largest, find_limit(rows, self._bits, fmt), fmt)
        round_to_grid(operand, exponent, fmt, out=operand)
        if self._first:
            bias_gradient = np.multiply(add_rows(operand), fmt.dtype(2.0**PIXEL_BITS))
        else:
            bias_gradient = self._sum_terms(dz, fmt.dtype(scale))
        self._apply(x.values.T, operand, chunks, optimizer, weight_slot)
        reach = (largest + math.ldexp(1.0, -exponent)) * rows * (1 << self._bits) if largest else 0.0
        self._grid.widen(optimizer.bound_change(reach, weight_slot))
        optimizer.update(self.bias, bias_gradient, bias_slot.arrays)

    def _sum_terms(self, dz: Scaled, scale: np.floating[Any]) -> Floats:
        terms = np.multiply(dz.values, dz.units * scale)
        bound = find_magnitude(terms) if dz.bound is None else dz.bound * float(dz.units * scale)
        exponent = find_exponent(bound, limit_addends(dz.values.shape[0], self._fmt), self._fmt)
        return add_rows(round_to_grid(terms, exponent, self._fmt, out=terms))

    def _apply(self, left: Floats, right: Floats, chunks: Chunks, optimizer: Optimizer, slot: Slot) -> None:
        height, width = self.weight.shape
        block = max(1, min(height, _BLOCK_ENTRIES // width))
        for start in range(0, height, block):
            stop = min(start + block, height)
            gradient = self._work.take("gradient", stop - start, width)
            spare = self._work.take("gradient spare", stop - start, width) if len(chunks) > 1 else None
            multiply_exact(left[start:stop], right, chunks, gradient, spare)
            optimizer.update(self.weight[start:stop], gradient, slot.cut(start, stop))


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

    def encode(self, pixels: NDArray[np.uint8]) -> Scaled:
        """Return bytes (m, k) as the exact activation byte / 256."""
        values = self._work.take("pixels", *pixels.shape)
        np.copyto(values, pixels)
        return Scaled(values=values, units=self.fmt.dtype(PIXEL_UNIT))

    def rectify(self, name: str, z: Floats) -> Scaled:
        """Return ReLU of z (m, n) from the layer of that name, each row on its own grid; z is overwritten.

        `maximum` may return either zero of a pair; z holds no -0, so there is nothing to choose.
        """
        np.maximum(z, self._work.fill("zeros", 0.0, *z.shape), out=z)
        units = find_row_units(z, self.fmt.activation_bits, self.fmt)
        return Scaled(values=round_rows(z, units, self._work.take(name, *z.shape), self.fmt), units=units)

    def mask(self, dx: Scaled, x: Scaled) -> Scaled:
        """Return dx (m, k) with zeros where the rounded activation is zero; dx is overwritten."""
        ones = self._work.fill("ones", 1.0, *x.values.shape)
        active = np.minimum(x.values, ones, out=self._work.take("active", *x.values.shape))
        return Scaled(values=np.multiply(dx.values, active, out=dx.values), units=dx.units)

    def soften(self, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Return (probabilities (m, c), logits less their maximum (m, c), denominators (m, 1)) of a softmax.

        Computed class by class, which is how logits lie in memory.
        """
        logits = z.T
        shifted = np.subtract(logits, np.maximum.reduce(logits, axis=0))
        terms = exp_softly(shifted)
        round_to_grid(terms, _find_softmax_exponent(len(logits), self.fmt), self.fmt, out=terms)
        denominators = add_rows(terms)
        divide_exactly(terms, denominators, out=terms)
        return terms.T, shifted.T, denominators[:, np.newaxis]

    def wrap(self, gradient: Floats) -> Scaled:
        """Return a softmax's gradient (m, c), entries of at most 1, in the form layers take it."""
        return Scaled(values=gradient, units=self.fmt.dtype(1.0), bound=1.0)

    def average_loss(self, shifted: Floats, denominators: Floats) -> float:
        """Return the mean cross-entropy `log(denominator) - shifted logit of the true class`, both of shape (n,)."""
        return mean_exact(log(denominators.astype(np.float64)) - shifted.astype(np.float64))
