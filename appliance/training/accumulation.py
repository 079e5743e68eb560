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
    from appliance.training.joining import Joining

    Bounds = Sequence[tuple[int, int]]


def split_batch(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut range(count) into that many runs of nearly equal length, or into single samples if there are fewer."""
    parts = min(parts, count)
    cuts = [count * part // parts for part in range(parts + 1)]
    return list(pairwise(cuts))


def accumulate(
    bounds: Bounds,
    differentiate: Callable[[int, int], list[Term]],
    do: Do,
    count: int | None = None,
    joining: Joining | None = None,
) -> list[tuple[Term, Floats]]:
    """Return the gradient of every parameter over a batch in parts, each with one of its terms.

    Args:
        bounds: the parts that this worker has, in order, as numbers of samples of the whole batch.
        differentiate: makes both passes for the rows from start to stop and returns the terms of every parameter; the
            next call overwrites them.
        do: carries out operations at once.
        count: the number of samples of the whole batch; None if all are here.
        joining: with the workers that have the other parts; None if there are none.

    Every part but the last is computed twice: first for its largest addends, which choose the grids of the whole
    batch, then for its sums. Memory is needed for one part at a time. Workers that have a part each exchange the same
    two things: a maximum and exact sums.
    """
    end = bounds[-1][1]
    count = end if count is None else count
    largest: list[Floats] = []
    for start, stop in bounds:
        found = differentiate(start, stop)
        largest = largest or [np.zeros_like(term.magnitudes) for term in found]
        for magnitudes, term in zip(largest, found, strict=True):
            np.maximum(magnitudes, term.magnitudes, out=magnitudes)
    if joining is not None:
        joining.join_maxima(largest)
    totals = [term.begin(count, do) for term in found]
    for start, stop in reversed(bounds):
        found = differentiate(start, stop) if stop < end else found
        for total, term, magnitudes in zip(totals, found, largest, strict=True):
            term.widen(magnitudes)
            term.check()
            term.choose(count, do)
            term.round(do)
            total.add(term)
    if joining is not None:
        joining.join_sums(found, totals, count)
    return [(term, total.finish()) for term, total in zip(found, totals, strict=True)]


def find_share(count: int, index: int, workers: int) -> tuple[int, int]:
    """Return which of `count` samples a worker has: a run of nearly equal length, or all if there are too few.

    >>> [find_share(64, index, 3) for index in range(3)]
    [(0, 21), (21, 42), (42, 64)]
    """
    return split_batch(count, workers)[index] if count >= workers else (0, count)
