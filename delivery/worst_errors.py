"""Searches the largest errors of the functions: python3 -m delivery.worst_errors [SAMPLES [FUNCTION ...]].

In float32 every argument is tried, which takes some minutes; in float64 SAMPLES random ones, 10**8 if not given. The
reference is the host's float64 for float32 and its long double for float64, so x86-64 is needed for the latter; the
worst arguments found are measured again in decimal arithmetic of 60 to 150 digits. What is found stands in
docs/numerics.md, which the tests read.
"""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.streams import draw_words
from delivery.exact_functions import FUNCTIONS, Function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.floating[Any]]

_BLOCK = 1 << 22
# Arguments below this are not searched one by one: a function is its value or slope at 0 there.
_SMALL = 2.0**-30


def measure_exactly(function: Function, x: np.floating[Any]) -> float:
    """Return the error of one result, in units in the last place of the exact one, by decimal arithmetic."""
    true, found = function.exact(Decimal(float(x))), function.portable(np.array([x]))[0]
    unit = Decimal(float(np.spacing(type(x)(max(abs(float(true)), function.least)))))
    return float(abs(Decimal(float(found)) - true) / unit) if true else 0.0


def list_arguments(function: Function, precision: str, samples: int) -> Iterator[Floats]:
    """Yield blocks of arguments: all of float32, or random ones of float64, half of them near 0 or 1."""
    low, high = function.ranges[precision]
    if precision == "f32":
        for sign, edge in ((1, high), (-1, -low)):
            if edge > 0:
                first = low if low > 0 else _SMALL
                patterns = (int(np.float32(value).view(np.int32)) for value in (first, edge))
                begin, end = patterns
                for start in range(begin, end + 1, _BLOCK):
                    block = np.arange(start, min(start + _BLOCK, end + 1), dtype=np.int32).view(np.float32)
                    yield block * np.float32(sign)
        return
    for index in range(0, samples, _BLOCK):
        u = (draw_words(_BLOCK, 1, function.name, index) >> np.uint64(11)) * 2.0**-53
        if low > 0:
            yield np.concatenate([np.exp2(u[::2] * 2044 - 1022), 0.5 + 1.5 * u[1::2]])
        else:
            yield np.concatenate([low + u[::2] * (high - low), np.clip(u[1::2] - 0.5, low, high)])


def search(function: Function, precision: str, samples: int) -> tuple[float, np.floating[Any], int]:
    """Return the largest error found, in ulp, its argument, and how many arguments were tried."""
    wider: Any = np.float64 if precision == "f32" else np.longdouble
    candidates: list[tuple[float, np.floating[Any]]] = []
    tried = 0
    for x in list_arguments(function, precision, samples):
        found, true = function.portable(x), function.wide(x.astype(wider))
        sizes = np.maximum(np.abs(true), function.least).astype(x.dtype)
        errors = np.abs(found.astype(wider) - true) / np.spacing(sizes).astype(wider)
        place = int(np.argmax(np.where(np.isfinite(errors), errors, 0)))
        candidates.append((float(errors[place]), x[place]))
        tried += len(x)
    best = sorted(candidates, key=lambda pair: -pair[0])[:16]
    error, argument = max((measure_exactly(function, x), x) for _, x in best)
    return error, argument, tried


def main() -> int:
    """Print the rows of the table."""
    samples = int(float(sys.argv[1])) if len(sys.argv) > 1 else 10**8
    names = sys.argv[2:] or [function.name for function in FUNCTIONS]
    for function in (one for one in FUNCTIONS if one.name in names):
        for precision in ("f32", "f64"):
            error, argument, tried = search(function, precision, samples)
            row = f"| {function.name} {precision} | {error:.4f} ulp | `{float(argument).hex()}` | {tried:,} |"
            print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
