"""Gradient accumulation: the gradients of a batch that comes in parts.

Part of bits 1.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from appliance.layers.layer import Addends, Floats, Layer, Sums
    from appliance.numerics.plans import Do

    Bounds = Sequence[tuple[int, int]]


def split_batch(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut range(count) into that many runs of nearly equal length, or into single samples if there are fewer."""
    parts = min(parts, count)
    cuts = [count * part // parts for part in range(parts + 1)]
    return list(pairwise(cuts))


def accumulate(
    layers: Sequence[Layer], bounds: Bounds, differentiate: Callable[[int, int], list[Addends]], do: Do
) -> list[Sums]:
    """Return the gradient sums of every layer with parameters over a batch in parts.

    Args:
        layers: those with parameters, which do not change meanwhile.
        bounds: the parts, in order; together the whole batch.
        differentiate: makes both passes for the rows from start to stop and returns the addends of every layer; the
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
        largest = largest or [np.zeros_like(addends.magnitudes) for addends in found]
        for magnitudes, addends in zip(largest, found, strict=True):
            np.maximum(magnitudes, addends.magnitudes, out=magnitudes)
    sums = [layer.begin_sums(count, magnitudes, do) for layer, magnitudes in zip(layers, largest, strict=True)]
    for start, stop in reversed(bounds):
        found = differentiate(start, stop) if stop < count else found
        for total, addends in zip(sums, found, strict=True):
            total.add(addends, start)
    return sums
