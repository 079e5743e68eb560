"""Transcendental functions from IEEE operations only, each its own NumPy call.

Part of bits 2. exp reduces its argument with a two-part ln 2 (Cody and Waite, "Software Manual for the
Elementary Functions", 1980) and evaluates a polynomial by Horner's rule. Coefficients: interpolation at Chebyshev
nodes in 60-digit arithmetic, rounded to the format. They need not be correctly rounded; they are fixed.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np

from appliance.numerics.formats import F32, F64, Format, format_of
from appliance.numerics.piecewise import list_blocks
from appliance.numerics.plans import NOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.piecewise import Scratch
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


@attrs.frozen(kw_only=True)
class _ExpTable:
    """Constants of exp in one format; `series` are the coefficients of (e**r - 1 - r) / r**2, highest first."""

    lowest: Any
    highest: Any
    log2_e: Any
    ln2_high: Any
    ln2_low: Any
    series: tuple[Any, ...]


def _make_table(dtype: type[Any], lowest: float, highest: float, constants: str, series: str) -> _ExpTable:
    log2_e, ln2_high, ln2_low = (dtype(float.fromhex(text)) for text in constants.split())
    return _ExpTable(
        lowest=dtype(lowest),
        highest=dtype(highest),
        log2_e=log2_e,
        ln2_high=ln2_high,
        ln2_low=ln2_low,
        series=tuple(dtype(float.fromhex(text)) for text in series.split()),
    )


_EXP_F32 = _make_table(
    np.float32,
    -87.0,
    88.0,
    "0x1.715476p+0 0x1.62e4p-1 0x1.7f7d1cp-20",
    "0x1.6d110ap-10 0x1.120b6ep-7 0x1.55551ap-5 0x1.5554dcp-3 0x1p-1",
)
_EXP_F64 = _make_table(
    np.float64,
    -708.0,
    709.0,
    "0x1.71547652b82fep+0 0x1.62e42feep-1 0x1.a39ef35793c76p-33",
    "0x1.1f730349868cep-29 0x1.af4de97ca4194p-26 0x1.27e4db646b17ep-22 0x1.71de0231960ebp-19 0x1.a01a01a6d889cp-16"
    " 0x1.a01a01abe7fe1p-13 0x1.6c16c16c162d4p-10 0x1.11111111100dcp-7 0x1.5555555555556p-5 0x1.5555555555557p-3"
    " 0x1p-1",
)
# The place of 2**0 in the table of powers.
_ZERO_PLACE = 1022
LN2_HIGH, LN2_LOW = _EXP_F64.ln2_high, _EXP_F64.ln2_low


def evaluate_series(x: Floats, coefficients: tuple[Any, ...], out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write the polynomial with these coefficients, highest first, at x into out; return out."""
    total = np.empty_like(x) if out is None else out
    do("multiply", x, coefficients[0], total)
    for coefficient in coefficients[1:-1]:
        do("add", total, coefficient, total)
        do("multiply", total, x, total)
    do("add", total, coefficients[-1], total)
    return total


def exp(x: Floats) -> Floats:
    """Return e**x, same shape and dtype (float32 or float64), the same bits on every machine.

    Below -87 (float32) or -708 (float64) the result is 0, above 88 or 709 it is infinite; NaN stays NaN.
    Results in between are normal numbers; docs/numerics.md has the measured worst errors.

    >>> import numpy as np
    >>> exp(np.array([0.0, 1.0])).tolist()
    [1.0, 2.7182818284590455]
    """
    table = _find_exp_table(x)
    result = np.empty_like(x)
    with np.errstate(invalid="ignore"):
        for argument, target in list_blocks(x, result):
            exp_limited(argument, target)
    result[x < table.lowest] = 0.0
    result[x > table.highest] = np.inf
    return result


def exp_limited(x: Floats, out: Floats, do: Do = NOW) -> Floats:
    """Write e**x into out, which may be x; arguments beyond the limits of `exp` count as the nearest limit.

    NaN stays NaN, with NumPy's warning of an invalid value.
    """
    rest, powers = np.empty_like(x), np.empty_like(x)
    _reduce(x, rest, powers, out, do)
    do("add", out, rest, out)
    do("add", out, x.dtype.type(1.0), out)
    do("multiply", out, powers, out)
    return out


def expm1(x: Floats, out: Floats | None = None, do: Do = NOW) -> Floats:
    """Write e**x - 1 into out, which may be x, precise also near 0; return out.

    Arguments beyond the limits of `exp` count as the nearest limit. NaN stays NaN, with NumPy's warning of an
    invalid value.

    >>> import numpy as np
    >>> expm1(np.array([0.0, 1e-10])).tolist()
    [0.0, 1.00000000005e-10]
    """
    out = np.empty_like(x) if out is None else out
    rest, powers = np.empty_like(x), np.empty_like(x)
    _reduce(x, rest, powers, out, do)
    do("add", out, rest, out)
    do("multiply", out, powers, out)
    do("subtract", powers, x.dtype.type(1.0), powers)
    do("add", out, powers, out)
    return out


def _find_exp_table(x: Floats) -> _ExpTable:
    return _EXP_F32 if format_of(x) is F32 else _EXP_F64


def _reduce(x: Floats, rest: Floats, powers: Floats, square: Floats, do: Do) -> None:
    """Write r, 2**n and the series of r in `e**r - 1 - r` into three arrays, for x = n ln 2 + r."""
    table = _find_exp_table(x)
    places = np.empty_like(x, dtype=np.intp)
    do("maximum", x, table.lowest, out=rest)
    do("minimum", rest, table.highest, out=rest)
    do("multiply", rest, table.log2_e, powers)
    do("rint", powers, powers)
    do("copyto", places, powers, "unsafe")
    do("multiply", powers, table.ln2_high, square)
    do("subtract", rest, square, rest)
    do("multiply", powers, table.ln2_low, square)
    do("subtract", rest, square, rest)
    evaluate_series(rest, table.series, square, do)
    do("multiply", square, rest, square)
    do("multiply", square, rest, square)
    do("add", places, _ZERO_PLACE, places)
    do("take", _make_powers(format_of(x)), places, None, powers, "clip")


@lru_cache(maxsize=2)
def _make_powers(fmt: Format) -> Floats:
    """Return the powers of two from 2**-1022 on; those that float32 does not have are 0 or infinite."""
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(1.0, np.arange(-_ZERO_PLACE, 1024, dtype=np.int32)).astype(fmt.dtype)


class _NonpositiveTable(NamedTuple):
    """e**(-n / 256) as entries[n], down to the lowest argument; 1/k!, ..., 1/2!, 1 as the series of (e**r - 1) / r."""

    lowest: Any
    entries: Floats
    series: tuple[Any, ...]


@lru_cache(maxsize=2)
def _make_nonpositive_table(fmt: Format) -> _NonpositiveTable:
    dtype = fmt.dtype
    lowest, terms = (-16, 2) if fmt is F32 else (-36, 5)
    entries = exp(np.arange(0.0, 1.0 - 256.0 * lowest) / -256.0).astype(dtype)
    return _NonpositiveTable(dtype(lowest), entries, tuple(dtype(1.0 / math.factorial(k)) for k in range(terms, 0, -1)))


def exp_nonpositive(x: Floats, out: Floats | None = None, do: Do = NOW, scratch: Scratch | None = None) -> Floats:
    """Write e**x for x <= 0 (any shape) into out, as a softmax's terms: few operations, small values cut off.

    Arguments below -16 (float32) or -36 (float64) count as that. The argument is split exactly into -n / 256,
    looked up, and a rest of at most 2**-9 with a Taylor series of degree 2 or 5. docs/numerics.md has the
    measured worst errors. NaN stays NaN, with NumPy's warning of an invalid value.
    """
    number = x.dtype.type
    table = _make_nonpositive_table(F32 if number is F32.dtype else F64)
    out = np.empty_like(x) if out is None else out
    if scratch is None:
        rest, places, found = np.empty_like(x), np.empty_like(x), np.empty_like(x)
        numbers = np.empty_like(x, dtype=np.intp)
    else:
        rest, places, found = (scratch.take(name, x.shape) for name in ("rest", "places", "found"))
        numbers = scratch.take("numbers", x.shape, np.intp)
    do("maximum", x, table.lowest, out=rest)
    do("multiply", rest, number(-256.0), places)
    do("rint", places, places)
    do("copyto", numbers, places, "unsafe")
    do("take", table.entries, numbers, None, found, "clip")
    do("multiply", places, number(2.0**-8), places)
    do("add", rest, places, rest)
    evaluate_series(rest, table.series, out, do)
    do("multiply", out, rest, out)
    do("multiply", out, found, out)
    do("add", out, found, out)
    return out
