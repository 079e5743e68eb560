"""The gradients of a dense layer as exact sums over its batch, so that a batch may be split in any way.

What a sample adds to a gradient is first rounded to a grid that the whole batch shares. Two things are needed of
the whole batch, however many parts it comes in: the largest addend, found in any order, and then the sums, which
are exact piece by piece and so do not depend on order either.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.numerics.formats import PIXEL_BITS, find_limit, split_length
from appliance.numerics.grids import find_exponent, make_constant, measure_magnitude, round_by_constant
from appliance.numerics.plans import call_now
from appliance.numerics.products import multiply_exact
from appliance.numerics.sums import add_rows, limit_addends

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


class Scaled(NamedTuple):
    """An array as `values` (m, k) times `units`, a power of two for all of it, shape (), or for each row (m, 1).

    Activations hold whole numbers from 0 to 2**bits; gradients any numbers. A softmax's gradient has no units,
    which stands for 1, and entries of at most 1.
    """

    values: Floats
    units: Floats | None


class Addends(NamedTuple):
    """What the rows of a batch, or of a part of it, add to a layer's gradients.

    Attributes:
        weight: (m, n); the weight's gradient is the layer's input, as whole numbers (k, m), times this.
        bias: (m, n); the bias's gradient is its column sums. None: 2**8 times the column sums of `weight`.
        magnitudes: (2,), the largest absolute value of each, or for the second a bound of it.
    """

    weight: Floats
    bias: Floats | None
    magnitudes: Floats


def make_addends(x: Scaled, dz: Scaled, scale: Floats, fmt: Format, *, first: bool, do: Do = call_now) -> Addends:
    """Return what the gradient dz (m, n) of a layer's output adds for the layer's input x (m, k), not rounded yet.

    Args:
        x: as given to the layer's `forward`.
        dz: the gradient of its output.
        scale: shape (), read when the calls are made: 1 over the samples of the whole batch, or the rate over it.
        fmt: the number format.
        first: the layer reads pixels.
        do: makes the calls, or lists them.
    """
    weight, spare = np.empty_like(dz.values), np.empty_like(dz.values)
    magnitudes = np.zeros(2, dtype=fmt.dtype)
    do(np.multiply, dz.values, _join_units(x, dz, scale, do), weight)
    measure_magnitude(weight, spare, magnitudes[0, ...], do)
    if first:
        return Addends(weight, None, magnitudes)
    if dz.units is None:
        do(np.copyto, magnitudes[1, ...], scale)
        do(np.multiply, dz.values, scale, spare)
    else:
        factor = np.empty_like(dz.units)
        do(np.multiply, dz.units, scale, factor)
        do(np.multiply, dz.values, factor, spare)
        measure_magnitude(spare, np.empty_like(spare), magnitudes[1, ...], do)
    return Addends(weight, spare, magnitudes)


def _join_units(x: Scaled, dz: Scaled, scale: Floats, do: Do) -> Floats:
    factor = np.empty_like(x.units)
    do(np.multiply, x.units, scale, factor)
    if dz.units is None:
        return factor
    joined = np.empty_like(dz.units)
    do(np.multiply, dz.units, factor, joined)
    return joined


class GradientGrids:
    """The grids on which a batch's addends are exact, chosen from what the whole batch has in common.

    Args:
        count: samples of the whole batch.
        bits: size of the layer's input in whole numbers, in bits.
        fmt: the number format.

    Attributes:
        reach: no entry of the weight's gradient is larger, in units of the layer's input.
    """

    def __init__(self, count: int, bits: int, fmt: Format) -> None:
        self.reach = 0.0
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
        self.reach = (largest + math.ldexp(1.0, -exponent)) * self._terms if largest else 0.0
        self._constants[1] = make_constant(find_exponent(float(magnitudes[1]), self._bias_limit, self._fmt), self._fmt)

    def round(self, addends: Addends, do: Do = call_now) -> None:
        """Round addends in place."""
        round_by_constant(addends.weight, self._constants[0, ...], addends.weight, do)
        if addends.bias is not None:
            round_by_constant(addends.bias, self._constants[1, ...], addends.bias, do)


def sum_bias(addends: Addends, out: Floats, fmt: Format, do: Do = call_now) -> None:
    """Write the bias's gradient into out (n,), for addends that are rounded."""
    if addends.bias is not None:
        add_rows(addends.bias, out, do)
        return
    add_rows(addends.weight, out, do)
    do(np.multiply, out, fmt.dtype(2.0**PIXEL_BITS), out)


class GradientSums:
    """A layer's gradients over a whole batch, added up from its parts in any order.

    Args:
        grids: chosen for the whole batch.
        count: samples of the whole batch.
        weight: the layer's weight (k, n), for its shape.
        fmt: the number format.

    The addends of one piece of `split_length(count)` have exact sums; the pieces' sums, rounded where they meet,
    are added at the end, from left to right as in an undivided product.
    """

    def __init__(self, grids: GradientGrids, count: int, weight: Floats, fmt: Format) -> None:
        self.grids = grids
        self._fmt = fmt
        self._pieces = split_length(count, fmt)
        self._weights = [np.zeros_like(weight) for _ in self._pieces]
        self._bias = np.zeros(weight.shape[1], dtype=fmt.dtype)

    def add(self, x: Scaled, addends: Addends, start: int) -> None:
        """Add the rows of a part that begins at row `start` of the batch; its addends are rounded by this."""
        self.grids.round(addends)
        bias = np.empty_like(self._bias)
        sum_bias(addends, bias, self._fmt)
        self._bias += bias
        for piece, (low, high) in zip(self._weights, self._pieces, strict=True):
            rows = slice(max(low - start, 0), max(high - start, 0))
            left, right = x.values[rows].T, addends.weight[rows]
            if len(right):
                product = multiply_exact(left, right, ((0, len(right)),), np.empty_like(piece))
                np.add(piece, product, out=piece)

    def total(self) -> tuple[Floats, Floats]:
        """Return the gradients of weight (k, n), in units of the layer's input, and bias (n,)."""
        weight = self._weights[0]
        for piece in self._weights[1:]:
            np.add(weight, piece, out=weight)
        return weight, self._bias
