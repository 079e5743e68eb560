"""Correctly rounded sums: the number of the format nearest to the exact sum of all addends, ties to even.

Part of bits 2. Such a sum depends on the addends alone: no order, axis layout, blocking or vector width can show.
Addends are cut into slices on power-of-two grids, each so coarse that every sum of its parts is exact (Rump, Ogita
and Oishi, "Accurate floating-point summation", 2008); the few sums of slices are added without error as expansions
(Shewchuk, 1997) and rounded once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.portable.arrays import refuse_overflow
from appliance.portable.estimates import estimate_lines
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]
    Doubles = NDArray[np.float64]

# Larger addends are refused; what is finer than the smallest unit is rounded to it.
LARGEST = 2.0**960
FINEST = 2.0**-960
_SIGNIFICAND = 53
# A block of so many numbers stays in a processor's cache.
_BLOCK = 1 << 14
_WIDEST = 1 << 11


def add_lines(x: Floats, dtype: np.dtype[Any]) -> Floats:
    """Return the correctly rounded sums along the middle axis.

    Args:
        x: shape (outer, n, inner), float32 or float64.
        dtype: of the result.

    Returns:
        Shape (outer, inner), never -0.

    Raises:
        NonFiniteError: an entry is NaN, infinite or at least 2**960, or a sum is too large for the result's dtype.
    """
    units, step = _find_units(x)
    result, certain = estimate_lines(x, units, _list_blocks(x.shape), dtype)
    if not bool(certain.all()):
        doubtful = ~certain
        lines = x.transpose(0, 2, 1)[doubtful][:, :, np.newaxis]
        result[doubtful] = _add_slices(lines, units[:, 0][doubtful][:, np.newaxis, np.newaxis], step, dtype)[:, 0]
    np.add(result, dtype.type(0.0), out=result)
    return result


def _add_slices(x: Floats, units: Doubles, step: float, dtype: np.dtype[Any]) -> Floats:
    """Return the sums along the middle axis, slice by slice."""
    partials: list[Doubles] = []
    for place in _list_blocks(x.shape):
        lines = place[0], place[2]
        for depth, part in enumerate(_cut_slices(x[place], units[lines[0], :, lines[1]], step)):
            if depth == len(partials):
                partials.append(np.zeros((x.shape[0], x.shape[2])))
            partials[depth][lines] += np.add.reduce(part, axis=1)
    return _round_once(partials, (x.shape[0], x.shape[2]), dtype)


def add_first_slices(x: Floats) -> Doubles:
    """Return the exact sums along the middle axis of what the first slice of each line holds, (outer, inner).

    With 2**e above the largest entry of a line and L = max(ceil(log2 n), 2), entries are rounded to multiples of
    2**(e + L - 53), half to even.
    """
    units, _ = _find_units(x)
    constant = units * (1.5 * 2.0 ** (_SIGNIFICAND - 1))
    total: Doubles = np.add.reduce((x + constant) - constant, axis=1)
    return total


def accumulate_lines(x: Floats, dtype: np.dtype[Any]) -> Floats:
    """Return the correctly rounded sums of the first 1, 2, ... entries along the middle axis, in x's shape."""
    units, step = _find_units(x)
    partials = [np.add.accumulate(part, axis=1) for part in _cut_slices(x, units, step)]
    return _round_once(partials, x.shape, dtype)


def _find_units(x: Floats) -> tuple[Doubles, float]:
    """Return the unit of the first slice of each line, (outer, 1, inner), and the quotient of a slice's and the next.

    With L bits for the number of addends, entries below 2**e are rounded to units of 2**(e + L - 53); what is left is
    at most half a unit.
    """
    shape = x.shape[0], 1, x.shape[2]
    if not x.size:
        return np.full(shape, FINEST), 1.0
    largest = np.maximum.reduce(x, axis=1, keepdims=True).astype(np.float64)
    smallest = np.minimum.reduce(x, axis=1, keepdims=True).astype(np.float64)
    sizes = np.maximum(largest, -smallest)
    if not bool(np.logical_and.reduce(sizes < LARGEST, axis=None)):
        raise NonFiniteError("an addend is out of range", expected="below 2**960", found="NaN, infinity or more")
    bits = max((x.shape[1] - 1).bit_length(), 2)
    exponents = np.frexp(sizes)[1]
    units = np.ldexp(1.0, exponents + np.int32(bits - _SIGNIFICAND))
    return np.maximum(units, FINEST), 2.0 ** (bits - _SIGNIFICAND - 1)


def _list_blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice, slice]]:
    """Yield places that cut an array of three axes into blocks, which together cover every entry once."""
    outer, length, inner = shape
    across = min(inner, _WIDEST) or 1
    along = min(length, max(1, _BLOCK // across)) or 1
    rows = max(1, _BLOCK // (along * across))
    for a in range(0, outer, rows):
        for b in range(0, inner, across):
            for c in range(0, length, along):
                yield slice(a, a + rows), slice(c, c + along), slice(b, b + across)


def _cut_slices(x: Floats, units: Doubles, step: float) -> Iterator[Doubles]:
    """Yield arrays on coarser and finer grids, the sum of which is x, until nothing is left."""
    rest = x.astype(np.float64)
    part = np.empty_like(rest)
    finest = False
    while not finest and bool(rest.any()):
        constant = units * (1.5 * 2.0 ** (_SIGNIFICAND - 1))
        np.add(rest, constant, out=part)
        np.subtract(part, constant, out=part)
        yield part
        np.subtract(rest, part, out=rest)
        finest = bool((units == FINEST).all())
        units = np.maximum(units * step, FINEST)


def _round_once(partials: list[Doubles], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Floats:
    """Return the sums of arrays of one shape, added without error, as the nearest numbers of a dtype."""
    expansion: list[Doubles] = [np.zeros(shape)]
    for partial in reversed(partials):
        total, grown = partial, []
        for component in expansion:
            total, error = add_with_error(total, component)
            grown.append(error)
        expansion = [*grown, total]
    return _round_expansion(expansion, dtype)


def add_with_error(a: Doubles, b: Doubles) -> tuple[Doubles, Doubles]:
    """Return the rounded sum and what rounding took away (Knuth)."""
    total = a + b
    moved = total - a
    return total, (a - (total - moved)) + (b - moved)


def _round_expansion(expansion: list[Doubles], dtype: np.dtype[Any]) -> Floats:
    """Round sums of components that do not overlap, the smallest first.

    The first rounding error that is not zero decides, except at a tie: there the sign of what is below it does.
    """
    high = expansion[-1]
    error, below = np.zeros_like(high), np.zeros_like(high)
    for component in expansion[-2::-1]:
        exact = error == 0
        total = high + component
        below = np.where(exact | (below != 0), below, component)
        error = np.where(exact, component - (total - high), error)
        high = np.where(exact, total, high)
    if dtype == np.float32:
        with np.errstate(over="ignore"):
            rounded = _round_to_odd(high, error).astype(np.float32)
    else:
        twice = high + 2.0 * error
        tie = (twice - high == 2.0 * error) & (np.sign(error) * np.sign(below) > 0)
        rounded = np.where(tie, twice, high)
    return refuse_overflow(np.asarray(rounded + dtype.type(0.0)), "a sum")


def _round_to_odd(high: Doubles, error: Doubles) -> Doubles:
    """Return `high + error` rounded to the neighbour with an odd last bit, so that rounding to float32 is correct.

    (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008.)
    """
    inexact = error != 0
    inner = np.where(inexact & (np.sign(error) != np.sign(high)), np.nextafter(high, 0.0), high)
    patterns: NDArray[np.int64] = np.ascontiguousarray(inner).view(np.int64) | inexact
    return patterns.view(np.float64)
