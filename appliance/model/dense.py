"""Dense layers in portable arithmetic: products on grids, the same bits on every machine."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.model.gradients import GradientGrids, GradientSums, Scaled, make_addends, sum_bias
from appliance.model.workspace import Workspace
from appliance.numerics.carried import CarriedGrid
from appliance.numerics.formats import PIXEL_BITS, find_limit, find_longest, split_length
from appliance.numerics.grids import find_magnitude, find_row_units, round_by_constant, round_rows
from appliance.numerics.plans import call_now
from appliance.numerics.products import multiply_exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.model.gradients import Addends
    from appliance.model.optimizers import Optimizer, Slot
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]
    Chunks = tuple[tuple[int, int], ...]

# A weight's gradient is made, applied and followed by the next rounding in blocks of at most this many entries.
_BLOCK_ENTRIES = 1 << 17
# Outputs of at most this width are laid out column by column.
_NARROW = 16


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
        weight_slot, bias_slot = slots
        count, bias_gradient = len(dz.values), np.empty_like(self.bias)
        addends, grids = self.measure(x, dz, scale, do), GradientGrids(count, self._bits, self._fmt)
        do(grids.choose, addends.magnitudes)
        do(self._widen, grids, optimizer, weight_slot)
        grids.round(addends, do)
        sum_bias(addends, bias_gradient, self._fmt, do)
        self._apply(x.values.T, addends.weight, optimizer, weight_slot, do)
        optimizer.update(self.bias, bias_gradient, bias_slot.arrays, do)

    def measure(self, x: Scaled, dz: Scaled, scale: Floats, do: Do = call_now) -> Addends:
        """Return what a batch, or a part of it, adds to the gradients; arguments as for `update`."""
        return make_addends(x, dz, scale, self._fmt, first=self._first, do=do)

    def begin_sums(self, count: int, magnitudes: Floats) -> GradientSums:
        """Return empty sums for a batch of `count` samples whose parts have addends of at most these magnitudes."""
        grids = GradientGrids(count, self._bits, self._fmt)
        grids.choose(magnitudes)
        return GradientSums(grids, count, self.weight, self._fmt)

    def apply_sums(self, sums: GradientSums, scale: Floats, optimizer: Optimizer, slots: tuple[Slot, Slot]) -> None:  # noqa: ARG002
        """Take the optimizer step of `update` with the gradients of a batch that came in parts."""
        weight_slot, bias_slot = slots
        self._widen(sums.grids, optimizer, weight_slot)
        gradient, bias_gradient = sums.total()
        optimizer.update(self.weight, gradient, weight_slot.arrays)
        round_by_constant(self.weight, self._grid.constant, self._rounded)
        optimizer.update(self.bias, bias_gradient, bias_slot.arrays)

    def _widen(self, grids: GradientGrids, optimizer: Optimizer, slot: Slot) -> None:
        """Note how far the step can move the weight."""
        self._grid.widen(optimizer.bound_change(grids.reach, slot))

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
