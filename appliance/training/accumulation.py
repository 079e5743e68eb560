"""Gradient accumulation: the gradients of a batch that comes in parts.

Part of bits 2.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.layers.layer import Floats
    from appliance.layers.terms import Term
    from appliance.numerics.plans import Do

    Bounds = Sequence[tuple[int, int]]


def split_batch(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut range(count) into that many runs of nearly equal length, or into single samples if there are fewer."""
    parts = min(parts, count)
    cuts = [count * part // parts for part in range(parts + 1)]
    return list(pairwise(cuts))


def accumulate(bounds: Bounds, differentiate: Callable[[int, int], list[Term]], do: Do) -> list[tuple[Term, Floats]]:
    """Return the gradient of every parameter over a batch in parts, each with one of its terms.

    Args:
        bounds: the parts, in order; together the whole batch.
        differentiate: makes both passes for the rows from start to stop and returns the terms of every parameter; the
            next call overwrites them.
        do: carries out operations at once.

    Every part but the last is computed twice: first for its largest addends, which choose the grids of the whole
    batch, then for its sums. Memory is needed for one part at a time. Workers that have a part each have to exchange
    the same two things: a maximum and exact sums.
    """
    count = bounds[-1][1]
    largest: list[Floats] = []
    for start, stop in bounds:
        found = differentiate(start, stop)
        largest = largest or [np.zeros_like(term.magnitudes) for term in found]
        for magnitudes, term in zip(largest, found, strict=True):
            np.maximum(magnitudes, term.magnitudes, out=magnitudes)
    totals = [term.begin(count, do) for term in found]
    for start, stop in reversed(bounds):
        found = differentiate(start, stop) if stop < count else found
        for total, term, magnitudes in zip(totals, found, largest, strict=True):
            term.widen(magnitudes)
            term.check()
            term.choose(count, do)
            term.round(do)
            total.add(term, start)
    return [(term, total.finish()) for term, total in zip(found, totals, strict=True)]
