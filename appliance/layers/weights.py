"""A weight matrix on a grid: rounded for products, updated in blocks, restricted to some rows where inputs are unused.

Part of bits 2.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.layers.layer import Layer
from appliance.layers.product_terms import list_blocks
from appliance.numerics.carried import CarriedGrid
from appliance.numerics.grids import find_magnitude, round_by_constant
from appliance.numerics.plans import NOW
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.layers.layer import Arrays, Floats, Indices, Updater
    from appliance.layers.product_terms import GradientRows
    from appliance.layers.terms import Term
    from appliance.numerics.formats import Format, Kind, Pieces
    from appliance.numerics.plans import Do, Plan
    from appliance.optimizers.optimizer import Optimizer, Slot


class _Selection(NamedTuple):
    """The rows that a weight is restricted to, with the whole arrays that its own are taken from."""

    rows: Indices
    weight: Floats
    state: tuple[Floats, ...]


class GridWeight:
    """A weight (k, n) with its rounded copy, which is the operand of exact products.

    Args:
        array: shape (k, n), of the format's dtype; changed in place.
        limit: the largest rounded entry, in units of the grid, that keeps all products exact.
        kind: of the products.
        fmt: the number format of the weight.

    Attributes:
        array: the weight; another array while rows are selected.
        rounded: the weight on its grid, in the format of the products; valid after `round` has run.
        pieces: the bounds that cut the inner dimension k of a product.
    """

    def __init__(self, array: Floats, limit: int, kind: Kind, fmt: Format) -> None:
        self.array = array
        self.kind = kind
        self.rounded = np.empty(array.shape, dtype=kind.fmt.dtype)
        self.pieces = kind.split(array.shape[0])
        self._grid = CarriedGrid(limit, kind.fmt)
        self._rounding = 1.0 + math.ldexp(1.0, 1 - fmt.significand)
        self._is_rounded = False
        self._work = Workspace(fmt.dtype)
        self._selection: _Selection | None = None

    def round(self) -> None:
        """Make `rounded` valid; the grid is chosen again only where the carried bound requires it."""
        if not self._grid.holds:
            self._grid.measure(self.array)
            self._is_rounded = False
        if not self._is_rounded:
            self._round(self.array, self.rounded, NOW)
            self._is_rounded = True

    def _round(self, array: Floats, rounded: Floats, do: Do) -> None:
        if array.dtype == rounded.dtype:
            round_by_constant(array, self._grid.constant, rounded, do)
        else:
            do("copyto", rounded, array)
            round_by_constant(rounded, self._grid.constant, rounded, do)

    def widen(self, largest: float, optimizer: Optimizer, slot: Slot) -> None:
        """Add one optimizer step to the bound, for a gradient with entries of at most `largest`."""
        self._grid.widen(optimizer.bound_change(largest, slot), self._rounding)

    def apply_rows(self, rows: GradientRows, optimizer: Optimizer, slot: Slot, plan: Plan) -> None:
        """Take one optimizer step with a gradient that is made block by block."""
        height, width = self.array.shape
        for start, stop in list_blocks(height, width):
            gradient = self._work.take("gradient", stop - start, width)
            rows.list_rows(start, stop, gradient, plan)
            optimizer.update(self.array[start:stop], gradient, slot.cut(start, stop), plan)
            # Used only while the grid holds; otherwise `round` does it again.
            self._round(self.array[start:stop], self.rounded[start:stop], plan)

    def apply(self, gradient: Floats, optimizer: Optimizer, slot: Slot, do: Do = NOW) -> None:
        """Take one optimizer step with a gradient (k, n)."""
        optimizer.update(self.array, gradient, slot.arrays, do)
        self._round(self.array, self.rounded, do)

    def reset_bound(self) -> None:
        """Measure the weight again at the next use."""
        self._grid.reset()

    def capture(self) -> NDArray[np.float64]:
        """Return the grid and its bound."""
        return self._grid.capture()

    def restore(self, numbers: NDArray[np.float64]) -> None:
        """Take over the grid and its bound; the weight is rounded again at the next use."""
        self._grid.restore(numbers)
        self._is_rounded = False

    def select_rows(self, rows: Indices, slot: Slot) -> None:
        """Restrict the weight to these rows, ascending; all others take no part until `release_rows`.

        The slot's arrays are restricted as well. Rows that take no part still count in the choice of the grid.
        """
        others = np.ones(self.array.shape[0], dtype=np.bool_)
        others[rows] = False
        self._selection = _Selection(rows, self.array, slot.arrays)
        self._grid.at_least = find_magnitude(self.array[others])
        cuts = np.searchsorted(rows, [start for start, _ in self.pieces] + [self.array.shape[0]]).tolist()
        pieces = tuple((start, stop) for start, stop in pairwise(cuts) if start < stop)
        self._exchange(self.array[rows], pieces or ((0, 0),))
        slot.arrays = tuple(array[rows] for array in slot.arrays)

    def release_rows(self, slot: Slot) -> None:
        """Write the selected rows back into the whole arrays and use those again."""
        if self._selection is None:
            return
        rows, weight, state = self._selection
        self._selection = None
        weight[rows] = self.array
        for whole, part in zip(state, slot.arrays, strict=True):
            whole[rows] = part
        slot.arrays = state
        self._grid.at_least = 0.0
        self._exchange(weight, self.kind.split(weight.shape[0]))

    def _exchange(self, array: Floats, pieces: Pieces) -> None:
        self.array, self.pieces = array, pieces
        self.rounded, self._is_rounded = np.empty(array.shape, dtype=self.kind.fmt.dtype), False


class GridLayer(Layer):
    """A layer with a weight on a grid, which is carried from step to step; the parameter is named "weight"."""

    _weight: GridWeight

    def prepare(self, plan: Plan) -> None:
        """List the rounding of the weight."""
        plan.host(self._weight.round)

    def apply_gradient(self, name: str, gradient: Floats, updater: Updater, do: Do) -> None:
        """Take the optimizer's step for a parameter with its gradient."""
        if name == "weight":
            self._weight.apply(gradient, updater.optimizer, updater.slots["weight"], do)
        else:
            super().apply_gradient(name, gradient, updater, do)

    def widen(self, term: Term, updater: Updater) -> None:
        """Add the largest possible change of the weight to its bound."""
        if term.parameter == "weight":
            self._weight.widen(term.bound, updater.optimizer, updater.slots["weight"])

    def reset_bounds(self) -> None:
        """Measure the weight again at the next use."""
        self._weight.reset_bound()

    def capture(self) -> Arrays:
        """Return the weight's grid and its bound."""
        return {"grid": self._weight.capture()}

    def restore(self, arrays: Arrays) -> None:
        """Take over the grid; the weight is rounded again at the next use."""
        self._weight.restore(arrays["grid"])
