"""The softmax function.

Part of bits 2.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.numerics.functions import exp_nonpositive
from appliance.numerics.grids import find_exponent, round_to_grid
from appliance.numerics.plans import NOW
from appliance.numerics.quotients import divide_rounded
from appliance.numerics.sums import add_rows, limit_addends

if TYPE_CHECKING:
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do


class Softmax(NamedTuple):
    """A softmax of logits (m, c): probabilities (m, c), logits less their maximum (m, c), denominators (m, 1)."""

    probabilities: Floats
    shifted: Floats
    denominators: Floats


@lru_cache(maxsize=16)
def _find_exponent(classes: int, fmt: Format) -> int:
    return find_exponent(1.0, limit_addends(classes, fmt), fmt)


def portable_softmax(z: Floats, fmt: Format, do: Do = NOW) -> Softmax:
    """Return the softmax of z (m, c), computed class by class, which is how narrow logits lie in memory."""
    logits = z.T
    highest, denominators = np.empty(len(z), dtype=z.dtype), np.empty(len(z), dtype=z.dtype)
    shifted, terms = np.empty_like(logits), np.empty_like(logits)
    do("maximum.reduce", logits, 0, None, highest)
    do("subtract", logits, highest, shifted)
    exp_nonpositive(shifted, terms, do)
    round_to_grid(terms, _find_exponent(len(logits), fmt), fmt, terms, do)
    add_rows(terms, denominators, do)
    divide_rounded(terms, denominators, terms, do)
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
