"""The terms of the loss of an epoch: every sample has one of each, and every worker those of its own samples.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.training.shares import gather_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.numerics.exchange import Exchange
    from appliance.training.shares import Share

    Terms = tuple[NDArray[Any], ...]


class EpochTerms:
    """The terms of one epoch so far, in the order of its samples.

    Args:
        count: the number of samples of an epoch.
        exchange: with the other workers.

    Attributes:
        arrays: the terms, each float64 (count,), zero for samples that are another worker's or still to come.
    """

    def __init__(self, count: int, exchange: Exchange) -> None:
        self.arrays: Terms = ()
        self._count = count
        self._exchange = exchange

    def begin(self, number: int) -> None:
        """Begin an epoch whose loss has so many terms."""
        self.arrays = tuple(np.zeros(self._count) for _ in range(number))

    def put(self, terms: Sequence[NDArray[Any]], share: Share, offset: int) -> None:
        """Add the terms of a share of a batch, whose place is counted from `offset`.

        Of a batch that every worker computes whole, only the first worker has them.
        """
        if self._exchange.index == 0 or not share.is_whole:
            for values, found in zip(self.arrays, terms, strict=True):
                values[offset + share.start : offset + share.stop] = found

    def capture(self, done: int) -> Terms:
        """Return the terms of the first `done` samples, of all workers; all of them call it after the same step."""
        return tuple(values[:done] for values in self._join())

    def restore(self, terms: Terms) -> None:
        """Go on from what `capture` returned, which the first worker keeps; no terms mean that no epoch has begun."""
        self.begin(len(terms))
        if self._exchange.index == 0:
            for values, found in zip(self.arrays, terms, strict=True):
                values[: len(found)] = found

    def join_and_find_lost(self) -> int | None:
        """Take over the terms of all workers; return the place of the first sample whose loss is not finite, if any."""
        self.arrays = self._join()
        finite = np.logical_and.reduce([np.isfinite(values) for values in self.arrays])
        lost = np.flatnonzero(~finite)
        return int(lost[0]) if lost.size else None

    def _join(self) -> Terms:
        """Return the terms of all samples of this epoch so far."""
        return gather_rows(self.arrays, 0, self._count, self._exchange)


def gather_terms(terms: Terms, share: Share, exchange: Exchange) -> Terms:
    """Return the terms of a whole batch, of which every worker has those of its share."""
    samples = share.samples
    return terms if share.is_whole else gather_rows(terms, samples.start, samples.batch_size, exchange)
