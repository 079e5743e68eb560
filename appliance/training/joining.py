"""Joins the gradients of a batch of which every worker has a part that it takes in parts again.

Part of bits 2. Sums are joined as integers, in units of each column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.numerics.exchange import join_maxima, join_sums
from appliance.training.joined_gradients import group_by_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from appliance.layers.terms import Term, Total
    from appliance.numerics.exchange import Exchange

    Floats = NDArray[np.floating[Any]]


class Joining:
    """Joins maxima and exact sums of all workers, with one exchange for each type of integers.

    Args:
        exchange: with the other workers.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange

    def join_maxima(self, maxima: Sequence[Floats]) -> None:
        """Replace the largest addends of this worker's part by those of the whole batch, in place."""
        join_maxima(maxima, self.exchange)

    def join_sums(self, terms: Sequence[Term], totals: Sequence[Total], count: int) -> None:
        """Replace the sums of this worker's part by those of the whole batch of `count` samples.

        Raises:
            UsageError: the sums of so many workers do not fit into integers.
        """
        for kind, chosen in group_by_type(terms, count, self.exchange.count).items():
            found = [(array, terms[number].find_units()) for number in chosen for array in totals[number].sums]
            join_sums([array for array, _ in found], [units for _, units in found], kind, self.exchange)
