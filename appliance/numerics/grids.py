"""Rounding onto power-of-two grids.

Part of bits 2. A grid of exponent s holds the multiples of 2**-s. Rounding is `(x + C) - C` with
C = 1.5 * 2**(significand - 1 - s): two IEEE operations, half to even, never -0, for |x| <= 2**(significand - 2 - s).
Which grid is used depends only on an exact maximum, found in any order.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.plans import NOW
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


# Up to this many entries one copy of absolute values is cheaper than a second reduction.
_SMALL = 1 << 14


def find_magnitude(x: Floats) -> float:
    """Return max|x| over an array of any shape, exactly; 0.0 for an empty one, NaN or inf if one is inside."""
    if not x.size:
        return 0.0
    if x.size <= _SMALL:
        return float(np.maximum.reduce(np.abs(x), axis=None))
    flat = x.ravel(order="K")
    return max(float(np.maximum.reduce(flat)), -float(np.minimum.reduce(flat)))


def measure_magnitude(x: Floats, spare: Floats, magnitude: Floats, do: Do = NOW) -> None:
    """Write `find_magnitude` of x (m, n) into magnitude, shape (); spare is scratch of x's shape."""
    do("abs", x, spare)
    do("maximum.reduce", spare, None, None, magnitude)


def find_exponent(magnitude: float, limit: int, fmt: Format) -> int:
    """Return the finest grid exponent s with `magnitude * 2**s <= limit`, within the format's cap.

    Args:
        magnitude: max|x| of what is to be rounded; zero gives the exponent 0.
        limit: largest rounded value, in units of the grid, at least 1.
        fmt: the number format.

    Raises:
        NonFiniteError: the magnitude is NaN, infinite, or beyond the coarsest grid.
    """
    if magnitude == 0.0:
        return 0
    if not magnitude < 2.0**fmt.exponent_cap:
        raise NonFiniteError(
            "a value is out of the range of portable arithmetic",
            expected=f"below 2**{fmt.exponent_cap}",
            found=magnitude,
        )
    fraction, exponent = math.frexp(magnitude)
    limit_fraction, limit_exponent = math.frexp(limit)
    finest = limit_exponent - exponent - (fraction > limit_fraction)
    return min(finest, fmt.exponent_cap)


@lru_cache(maxsize=1024)
def make_constant(exponent: int, fmt: Format) -> np.floating[Any]:
    """Return C of the module's rounding rule for one grid, as a scalar of the format."""
    return fmt.dtype(math.ldexp(1.5, fmt.significand - 1 - exponent))


def round_to_grid(x: Floats, exponent: int, fmt: Format, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Round x, of any shape, to the nearest multiples of 2**-exponent; ties to even, error at most half a unit."""
    return round_by_constant(x, make_constant(exponent, fmt), out, do)


def round_by_constant(
    x: Floats, constant: np.floating[Any] | Floats, out: Floats | None = None, do: Do = NOW
) -> Floats:
    """Write `(x + constant) - constant`, the module's rounding rule, into out, which may be x; return out."""
    if out is None:
        out = np.empty_like(x)
    do("add", x, constant, out)
    do("subtract", out, constant, out)
    return out


def find_units(magnitudes: Floats, bits: int, fmt: Format) -> Floats:
    """Return for every magnitude the power of two u with `magnitude < u * 2**bits <= 2 * magnitude`.

    Args:
        magnitudes: at least 0, any shape; a zero counts as the smallest unit's magnitude, 2**-cap.
        bits: size of the whole numbers that magnitudes are to become.
        fmt: the number format.

    Returns:
        Units, same shape: a power of two at or below a magnitude is its bit pattern without the fraction.
    """
    units = np.maximum(magnitudes, fmt.dtype(2.0**-fmt.exponent_cap))
    reduce_to_units(units, bits, fmt, NOW)
    return units


def find_row_units(x: Floats, bits: int, fmt: Format, units: Floats, do: Do = NOW) -> Floats:
    """Write `find_units` of every row's maximum into units, shape (m, 1), for x (m, n) without negative entries.

    Bit patterns of such numbers are ordered as the numbers are, and integers compare faster.
    """
    whole = fmt.bit_type
    do("maximum.reduce", x.view(whole), 1, None, units.view(whole), True, fmt.smallest_pattern)  # noqa: FBT003
    reduce_to_units(units, bits, fmt, do)
    return units


def reduce_to_units(units: Floats, bits: int, fmt: Format, do: Do) -> None:
    """Turn magnitudes, at least 2**-cap, into units for that many bits, in place."""
    patterns = units.view(fmt.bit_type)
    do("bitwise_and", patterns, fmt.exponent_mask, patterns)
    do("multiply", units, fmt.dtype(2.0 ** (1 - bits)), units)


def round_rows(x: Floats, units: Floats, out: Floats, fmt: Format, do: Do = NOW) -> Floats:
    """Write x (m, n) into out as whole numbers of each row's unit (m, 1), ties to even; out may be x.

    Scaling by a power of two is exact, so `out * units` approximates x to half a unit.
    """
    inverse = np.empty_like(units)
    do("subtract", fmt.unit_pattern, units.view(fmt.bit_type), inverse.view(fmt.bit_type))
    do("multiply", x, inverse, out)
    do("rint", out, out)
    return out


def flush_tiny(x: Floats, fmt: Format, do: Do = NOW) -> Floats:
    """Round x in place to a grid far below all that matters: no subnormal numbers and no -0 are left.

    Hosts differ in whether they keep subnormal numbers; state that decays towards zero must not meet them.
    """
    return round_by_constant(x, fmt.dtype(2.0 ** (-2 * fmt.exponent_cap)), x, do)
