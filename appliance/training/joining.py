"""The gradients of a batch of which every worker has a part: sums are joined as integers, in units of each column.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.exchange import choose_type, join_maxima

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.layers.terms import Term, Total
    from appliance.numerics.exchange import Exchange

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.signedinteger[Any]]
    # Sums of one parameter in float64, the unit of each column, the integers that are exchanged.
    Place = tuple[NDArray[np.float64], Floats, Integers]


class Joining:
    """Joins the exact sums of all workers, with one exchange for each type of integers; buffers are used again.

    Args:
        exchange: with the other workers.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._buffers: dict[type[np.signedinteger[Any]], Integers] = {}

    def join_maxima(self, maxima: Sequence[Floats]) -> None:
        """Replace the largest addends of this worker's part by those of the whole batch, in place."""
        join_maxima(maxima, self.exchange)

    def join_sums(self, terms: Sequence[Term], totals: Sequence[Total], count: int) -> None:
        """Replace the sums of this worker's part by those of the whole batch of `count` samples.

        Raises:
            UsageError: the sums of so many workers do not fit into integers.
        """
        workers, found = self.exchange.count, list(zip(terms, totals, strict=True))
        part = -(-count // workers)
        types = [choose_type(term.find_largest_sum(part, count), workers) for term in terms]
        for kind in dict.fromkeys(types):
            chosen = [pair for pair, own in zip(found, types, strict=True) if own is kind]
            self._join(chosen, kind)

    def _join(self, found: Sequence[tuple[Term, Total]], kind: type[np.signedinteger[Any]]) -> None:
        buffer = self._take(sum(array.size for _, total in found for array in total.sums), kind)
        places: list[Place] = []
        start = 0
        for term, total in found:
            units = term.find_units()
            for array in total.sums:
                places.append((array, units, buffer[start : start + array.size].reshape(array.shape)))
                start += array.size
        for array, units, integers in places:
            np.divide(array, units, out=integers, casting="unsafe")
        self.exchange.add(buffer)
        for array, units, integers in places:
            np.multiply(integers, units, out=array)

    def _take(self, size: int, kind: type[np.signedinteger[Any]]) -> Integers:
        buffer = self._buffers.get(kind)
        if buffer is None or len(buffer) < size:
            buffer = self._buffers[kind] = np.empty(size, dtype=kind)
        return buffer[:size]
