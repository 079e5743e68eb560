"""Gradients of parameters, summed over a batch that may come in parts.

Part of bits 1. The addends of all samples are rounded to a grid that the whole batch shares. Two things are needed
of the whole batch, however many parts it comes in: the largest addend, found in any order, and then the sums, which
are exact piece by piece and so do not depend on the order either.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.layer import Addends, Sums
from appliance.numerics.formats import BYTE_BITS, find_limit, split_length
from appliance.numerics.grids import find_exponent, make_constant, measure_magnitude, round_by_constant
from appliance.numerics.plans import NOW
from appliance.numerics.products import multiply_exact
from appliance.numerics.sums import add_rows, limit_addends

if TYPE_CHECKING:
    from appliance.layers.layer import Floats, Signal
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do


def make_addends(x: Signal, dz: Signal, scale: Floats, fmt: Format, do: Do = NOW) -> Addends:
    """Return what the gradient dz (m, n) of a layer's output adds for the layer's input x (m, k), not rounded yet.

    Args:
        x: as given to the layer's `forward`, with units.
        dz: the gradient of its output; without units, its entries are at most 1 in size if its `limit` is 1.
        scale: shape (), read when the operations run: 1 over the samples of the whole batch, or the rate over it.
        fmt: the number format.
        do: carries out the operations, or lists them.
    """
    weight, spare = np.empty_like(dz.values), np.empty_like(dz.values)
    magnitudes = np.zeros(2, dtype=fmt.dtype)
    do("multiply", dz.values, _join_units(x, dz, scale, do), weight)
    measure_magnitude(weight, spare, magnitudes[0, ...], do)
    if is_uniform(x):
        return Addends(x, weight, None, magnitudes)
    if dz.units is None:
        do("multiply", dz.values, scale, spare)
    else:
        factor = np.empty_like(dz.units)
        do("multiply", dz.units, scale, factor)
        do("multiply", dz.values, factor, spare)
    if dz.units is None and dz.limit == 1.0:
        do("copyto", magnitudes[1, ...], scale)
    else:
        measure_magnitude(spare, np.empty_like(spare), magnitudes[1, ...], do)
    return Addends(x, weight, spare, magnitudes)


def is_uniform(x: Signal) -> bool:
    """Return whether one unit holds for all of x, as for bytes of a data set."""
    return x.units is not None and x.units.ndim == 0


def _join_units(x: Signal, dz: Signal, scale: Floats, do: Do) -> Floats:
    factor = np.empty_like(x.units)
    do("multiply", x.units, scale, factor)
    if dz.units is None:
        return factor
    joined = np.empty_like(dz.units)
    do("multiply", dz.units, factor, joined)
    return joined


class GradientGrids:
    """The grids on which a batch's addends are exact, chosen from what the whole batch has in common.

    Args:
        count: samples of the whole batch.
        bits: size of the layer's input in whole numbers, in bits.
        fmt: the number format.

    Attributes:
        largest: no entry of the weight's gradient is larger, in units of the layer's input.
    """

    def __init__(self, count: int, bits: int, fmt: Format) -> None:
        self.largest = 0.0
        self._fmt = fmt
        self._terms = count << bits
        self._weight_limit = find_limit(count, bits, fmt)
        self._bias_limit = limit_addends(count, fmt)
        self._constants = np.zeros(2, dtype=fmt.dtype)

    def choose(self, magnitudes: Floats) -> None:
        """Choose the grids for the largest addends (2,) of the whole batch.

        Raises:
            NonFiniteError: one of them is NaN, infinite or out of range.
        """
        largest, exponent = float(magnitudes[0]), find_exponent(float(magnitudes[0]), self._weight_limit, self._fmt)
        self._constants[0] = make_constant(exponent, self._fmt)
        self.largest = (largest + math.ldexp(1.0, -exponent)) * self._terms if largest else 0.0
        self._constants[1] = make_constant(find_exponent(float(magnitudes[1]), self._bias_limit, self._fmt), self._fmt)

    def round(self, addends: Addends, do: Do = NOW) -> None:
        """Round addends in place."""
        round_by_constant(addends.weight, self._constants[0, ...], addends.weight, do)
        if addends.bias is not None:
            round_by_constant(addends.bias, self._constants[1, ...], addends.bias, do)


def sum_bias(addends: Addends, out: Floats, fmt: Format, do: Do = NOW) -> None:
    """Write the bias's gradient into out (n,), for addends that are rounded."""
    if addends.bias is not None:
        add_rows(addends.bias, out, do)
        return
    add_rows(addends.weight, out, do)
    do("multiply", out, fmt.dtype(2.0**BYTE_BITS), out)


class PortableSums(Sums):
    """A layer's gradients over a whole batch, added up from its parts in any order.

    Args:
        grids: chosen for the whole batch.
        count: samples of the whole batch.
        weight: the layer's weight (k, n), for its shape.
        fmt: the number format.
        do: carries out the products at once.

    The addends of one piece of `split_length(count)` have exact sums. The sums of the pieces, which are rounded where
    they are added, are added at the end, from left to right as in an undivided product.
    """

    def __init__(self, grids: GradientGrids, count: int, weight: Floats, fmt: Format, do: Do = NOW) -> None:
        self.grids = grids
        self._fmt = fmt
        self._do = do
        self._pieces = split_length(count, fmt)
        self._weights = [np.zeros_like(weight) for _ in self._pieces]
        self._bias = np.zeros(weight.shape[1], dtype=fmt.dtype)

    def add(self, addends: Addends, start: int) -> None:
        """Add the rows of a part that begins at row `start` of the batch; its addends are rounded by this."""
        self.grids.round(addends)
        bias = np.empty_like(self._bias)
        sum_bias(addends, bias, self._fmt)
        self._bias += bias
        for piece, (low, high) in zip(self._weights, self._pieces, strict=True):
            rows = slice(max(low - start, 0), max(high - start, 0))
            left, right = addends.operand.values[rows].T, addends.weight[rows]
            if len(right):
                product = multiply_exact(left, right, ((0, len(right)),), np.empty_like(piece), do=self._do)
                np.add(piece, product, out=piece)

    def total(self) -> dict[str, Floats]:
        """Return the gradients of weight (k, n), in units of the layer's input, and bias (n,)."""
        weight = self._weights[0]
        for piece in self._weights[1:]:
            np.add(weight, piece, out=weight)
        return {"weight": weight, "bias": self._bias}


class NativeSums(Sums):
    """A layer's gradients, added up part by part; each addition is rounded."""

    def __init__(self, weight: Floats, bias: Floats) -> None:
        self._sums = {"weight": np.zeros_like(weight), "bias": np.zeros_like(bias)}

    def add(self, addends: Addends, start: int) -> None:  # noqa: ARG002
        """Add the rows of a part."""
        self._sums["weight"] += np.matmul(addends.operand.values.T, addends.weight)
        self._sums["bias"] += np.add.reduce(addends.weight, axis=0)

    def total(self) -> dict[str, Floats]:
        """Return the gradients of weight (k, n) and bias (n,)."""
        return self._sums
