"""The library for people's own code: sums as fractions, products in integers, draws one by one."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from oracle.circle import find_cosine, find_pi, find_turned, round_to_bits
from oracle.formats import F64, cut, round_to
from oracle.functions import exp, log
from oracle.streams import draw_uniforms, draw_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    Matrix = Sequence[Sequence[float]]

_BITS = {"f": 24, "d": 53}
# By format: the bits of a slice, the longest piece, the pairs of slices.
_SLICES = {
    "f": (23, 128, ((0, 0),)),
    "d": (21, 2048, ((0, 2), (1, 1), (2, 0), (0, 1), (1, 0), (0, 0))),
}


def add(values: Sequence[float], code: str) -> float:
    """Return the exact sum, rounded once."""
    return float(round_to_bits(sum(map(Fraction, values), Fraction()), _BITS[code]))


def find_mean(values: Sequence[float], code: str) -> float:
    """Return the mean."""
    return round_to(code, [add(values, "d") / len(values)])[0]


def find_variance(values: Sequence[float], ddof: int, code: str) -> float:
    """Return the variance."""
    count = len(values)
    mean = add(values, "d") / count
    deviations = [x - mean for x in values]
    exponent = math.frexp(max(map(abs, deviations)))[1] + max((count - 1).bit_length(), 2) - 53
    s = float(sum(round(Fraction(d) / Fraction(2) ** exponent) for d in deviations) * Fraction(2) ** exponent)
    q = add([d * d for d in deviations], "d")
    return round_to(code, [max((q - s * s / count) / (count - ddof), 0.0)])[0]


def find_norm(values: Sequence[float], code: str) -> float:
    """Return the Euclidean norm."""
    scale = 2.0 ** min(math.frexp(max(map(abs, values)))[1], 1023)
    return round_to(code, [math.sqrt(add([(x / scale) * (x / scale) for x in values], "d")) * scale])[0]


def multiply(left: Matrix, right: Matrix, code: str) -> list[list[float]]:
    """Return the accurate product."""
    columns = list(zip(*right, strict=True))
    bits, longest, pairs = _SLICES[code]
    rows = [_slice(row, bits, pairs[0][1] + 1) for row in left]
    others = [_slice(column, bits, pairs[0][1] + 1) for column in columns]
    found = []
    for slices, unit in rows:
        line = []
        for others_slices, other_unit in others:
            total = 0.0
            for i, j in pairs:
                part = 0.0
                for start, stop in cut(len(slices[i]), longest):
                    products = zip(slices[i][start:stop], others_slices[j][start:stop], strict=True)
                    part += float(sum(a * b for a, b in products))
                total += part * 2.0 ** (-bits * (i + j))
            line.append(total * unit * other_unit)
        found.append(round_to(code, line))
    return found


def _slice(values: Sequence[float], bits: int, count: int) -> tuple[list[list[int]], float]:
    """Return slices of whole numbers and the unit of the first."""
    unit = 2.0 ** (math.frexp(max(2.0**-400, *map(abs, values)))[1] - bits)
    rest = [x / unit for x in values]
    slices = []
    for _ in range(count):
        slices.append([round(x) for x in rest])
        rest = [(x - n) * 2.0**bits for x, n in zip(rest, slices[-1], strict=True)]
    return slices, unit


def soften(values: Sequence[float], code: str) -> tuple[list[float], list[float], float]:
    """Return softmax, log_softmax and logsumexp."""
    top = max(values)
    shifted = [x - top for x in values]
    powers = [exp(d, F64) for d in shifted]
    total = add(powers, "d")
    shares = round_to(code, [e / total for e in powers])
    logarithms = round_to(code, [d - log(total) for d in shifted])
    return shares, logarithms, round_to(code, [log(total) + top])[0]


def draw_normals(count: int, seed: int, name: str, *indices: int) -> list[float]:
    """Return normally distributed numbers; the sine is the cosine's table at another place."""
    turn = float(round_to_bits(2 * find_pi(), 53))
    u = draw_uniforms(count + count % 2, seed, name, *indices)
    found = []
    for first, second in zip(u[::2], u[1::2], strict=True):
        radius = math.sqrt(-2.0 * log(1.0 - first))
        found += [radius * find_cosine(second * turn), radius * find_sine(second * turn)]
    return found[:count]


def find_sine(x: float) -> float:
    """Return sin(x) in double precision."""
    return find_turned(x, 0)


def draw_integers(count: int, low: int, high: int, key: tuple[int, str]) -> list[int]:
    """Return integers from low to below high."""
    span = high - low
    words = draw_words(4 * count + 64, *key)
    kept = [word for word in words if word < (1 << 64) // span * span]
    return [low + word % span for word in kept[:count]]
