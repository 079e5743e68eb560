"""The softmax function.

Part of bits 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.numerics.formats import F32, F64
from appliance.numerics.functions import exp_nonpositive
from appliance.numerics.grids import find_exponent, round_to_grid
from appliance.numerics.plans import NOW
from appliance.numerics.quotients import divide_rounded
from appliance.numerics.sums import add_rows, limit_addends

if TYPE_CHECKING:
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do


# Denominators of more classes are added in float64 also in float32, so that the terms keep their small parts.
MANY_CLASSES = 256


class Softmax(NamedTuple):
    """A softmax of logits (m, c): probabilities (m, c), logits less their maximum (m, c), denominators (m, 1).

    Denominators of more than 256 classes are float64.
    """

    probabilities: Floats
    shifted: Floats
    denominators: Floats


@lru_cache(maxsize=16)
def _find_exponent(classes: int, fmt: Format) -> int:
    return find_exponent(1.0, limit_addends(classes, fmt), fmt)


def portable_softmax(z: Floats, fmt: Format, do: Do = NOW) -> Softmax:
    """Return the softmax of z (m, c), computed class by class, which is how narrow logits lie in memory."""
    logits = z.T
    sums = F64 if fmt is F32 and len(logits) > MANY_CLASSES else fmt
    highest, denominators = np.empty(len(z), dtype=z.dtype), np.empty(len(z), dtype=sums.dtype)
    shifted, terms = np.empty_like(logits), np.empty_like(logits)
    do("maximum.reduce", logits, 0, None, highest)
    do("subtract", logits, highest, shifted)
    exp_nonpositive(shifted, terms, do)
    addends = terms
    if sums is not fmt:
        addends = np.empty_like(terms, dtype=sums.dtype)
        do("copyto", addends, terms)
    round_to_grid(addends, _find_exponent(len(logits), sums), sums, addends, do)
    add_rows(addends, denominators, do)
    divide_rounded(addends, denominators, terms, do)
    return Softmax(terms.T, shifted.T, denominators[:, np.newaxis])


def native_softmax(z: Floats, do: Do) -> Softmax:
    """Return the softmax of z (m, c) in plain NumPy."""
    shifted, terms = np.empty_like(z), np.empty_like(z)
    highest, denominators = np.empty((len(z), 1), dtype=z.dtype), np.empty((len(z), 1), dtype=z.dtype)
    do("maximum.reduce", z, 1, None, highest, True)  # noqa: FBT003
    do("subtract", z, highest, shifted)
    do("exp", shifted, terms)
    do("add.reduce", terms, 1, None, denominators, True)  # noqa: FBT003
    do("divide", terms, denominators, terms)
    return Softmax(terms, shifted, denominators)
