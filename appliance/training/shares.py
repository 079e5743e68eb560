"""What of the samples one worker reads: its part of every batch, in the order of the batches.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.numerics.exchange import join_rows
from appliance.training.accumulation import find_share
from appliance.training.trainer import Samples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from appliance.data.rows import Rows
    from appliance.numerics.exchange import Exchange

    Indices = NDArray[np.intp]


class Share(NamedTuple):
    """A worker's part of a batch: its place in the epoch, and the samples."""

    start: int
    stop: int
    samples: Samples

    @property
    def is_whole(self) -> bool:
        """Whether this is the whole batch, because it has fewer samples than there are workers."""
        return len(self.samples.labels) == self.samples.batch_size


def read_shares(features: Rows, labels: NDArray[Any], order: Indices, size: int, exchange: Exchange) -> Iterator[Share]:
    """Yield this worker's part of every batch of `size` samples in an order; no other rows are read.

    `start` and `stop` count samples from the beginning of `order`.
    """
    full = len(order) // size * size
    for begin, end, batch in ((0, full, size), (full, len(order), len(order) - full)):
        if begin == end:
            continue
        low, high = find_share(batch, exchange.index, exchange.count)
        own = order[begin:end].reshape(-1, batch)[:, low:high]
        parts = features.read_batches(own.reshape(-1), high - low)
        for number, (numbers, values) in enumerate(zip(own, parts, strict=True)):
            start = begin + number * batch + low
            samples = Samples(values, labels[numbers], numbers, low, batch)
            yield Share(start, start + len(numbers), samples)


def gather_rows(arrays: Sequence[NDArray[Any]], start: int, count: int, exchange: Exchange) -> tuple[NDArray[Any], ...]:
    """Return arrays (count, ...) as new ones, of which this worker gives the rows from `start` on.

    A row that more than one worker gives is zero in the arrays of all but one.
    """
    found = []
    for array in arrays:
        whole = np.zeros((count, *array.shape[1:]), dtype=array.dtype)
        whole[start : start + len(array)] = array
        join_rows(whole, exchange)
        found.append(whole)
    return tuple(found)
