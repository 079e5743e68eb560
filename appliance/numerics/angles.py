"""Trigonometric functions from IEEE operations only.

Part of bits 2. The argument is reduced by a multiple of pi / 128 that is subtracted in four parts (Cody and Waite,
"Software Manual for the Elementary Functions", 1980); a Taylor series from a table of 256 rows does the rest.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.fixed_point import BITS, find_pi, round_fixed
from appliance.numerics.formats import format_of
from appliance.numerics.piecewise import evaluate_rows, list_blocks
from appliance.numerics.tables import make_sine_rows
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

LARGEST_ANGLE = 2.0**18
# Parts of pi / 128 of so few bits that their products with the multiple, which is below 2**24, are exact.
_PART_BITS = 29


def sin(x: Floats) -> Floats:
    """Return the sine of x (any shape, float32 or float64) for angles of at most 2**18 in size; never -0.

    float32 is computed in float64 and rounded once more. docs/numerics.md has the measured worst errors.

    Raises:
        NonFiniteError: an angle is NaN or larger than 2**18 in size.

    >>> import numpy as np
    >>> sin(np.array([0.0, 0.5])).tolist()
    [0.0, 0.479425538604203]
    """
    return _evaluate(x, 0)


def cos(x: Floats) -> Floats:
    """Return the cosine of x; as `sin`, a quarter of a turn further.

    >>> import numpy as np
    >>> cos(np.array([0.0, 0.5])).tolist()
    [1.0, 0.8775825618903728]
    """
    return _evaluate(x, 64)


@lru_cache(maxsize=1)
def find_parts() -> tuple[float, float, float, float, float]:
    """Return 128 / pi and pi / 128 in four parts, of which all but the last have 29 bits."""
    angle = find_pi() >> 7
    inverse = round_fixed((1 << 2 * BITS) // angle, 53)
    parts = []
    for significand in (_PART_BITS, _PART_BITS, _PART_BITS, 53):
        part = round_fixed(angle, significand)
        parts.append(part)
        numerator, denominator = part.as_integer_ratio()
        angle -= (numerator << BITS) // denominator
    return (inverse, parts[0], parts[1], parts[2], parts[3])


def _evaluate(x: Floats, quarter: int) -> Floats:
    format_of(x)
    out = np.empty_like(x)
    for argument, target in list_blocks(x, out):
        np.copyto(target, _evaluate_block(argument.astype(np.float64), quarter), casting="same_kind")
    return out


def _evaluate_block(rest: NDArray[np.float64], quarter: int) -> NDArray[np.float64]:
    if not bool(np.logical_and.reduce(np.abs(rest) <= LARGEST_ANGLE, axis=None)):
        raise NonFiniteError("an angle is out of range", expected="at most 2**18 in size", found="NaN or a larger one")
    inverse, *parts = find_parts()
    turns = np.rint(rest * inverse)
    for part in parts:
        rest = np.subtract(rest, turns * part)
    rows = make_sine_rows().take((turns.astype(np.intp) + quarter) & 255, axis=0)
    out = np.empty(rest.shape)
    evaluate_rows(rest, rows, out)
    return out
