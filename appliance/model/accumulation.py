"""Gradient accumulation: a batch that comes in parts, added up to the gradients of the whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Bounds = Sequence[tuple[int, int]]


class Pass(NamedTuple):
    """What a forward and a backward pass over some rows leave, layer by layer: inputs and addends.

    The next pass overwrites them.
    """

    inputs: list[Any]
    addends: list[Any]


def split_batch(count: int, parts: int) -> list[tuple[int, int]]:
    """Cut range(count) into that many runs of nearly equal length, or into single samples if there are fewer."""
    parts = min(parts, count)
    cuts = [count * part // parts for part in range(parts + 1)]
    return list(pairwise(cuts))


def accumulate(layers: Sequence[Any], bounds: Bounds, differentiate: Callable[[int, int], Pass]) -> list[Any]:
    """Return every layer's gradient sums over a batch in parts.

    Args:
        layers: portable or native ones; their weights do not change meanwhile.
        bounds: the parts, in order; together the whole batch.
        differentiate: makes both passes for the rows from start to stop.

    Every part is passed through twice, but for the last one: first for its largest addends, which choose the grids
    of the whole batch, then for its sums. Memory is needed for one part at a time. Workers that hold a part each
    have to exchange the same two things, a maximum and exact sums.
    """
    count = bounds[-1][1]
    largest: list[Any] = []
    for start, stop in bounds:
        found = differentiate(start, stop)
        largest = largest or [np.zeros_like(addends.magnitudes) for addends in found.addends]
        for magnitudes, addends in zip(largest, found.addends, strict=True):
            np.maximum(magnitudes, addends.magnitudes, out=magnitudes)
    sums = [layer.begin_sums(count, magnitudes) for layer, magnitudes in zip(layers, largest, strict=True)]
    for start, stop in reversed(bounds):
        found = differentiate(start, stop) if stop < count else found
        for total, x, addends in zip(sums, found.inputs, found.addends, strict=True):
            total.add(x, addends, start)
    return sums
