"""The gradients of a batch of which every worker has a part, as listed operations: maxima, exact sums, one rounding.

Part of bits 2. Every worker turns its addends into whole numbers on the grids of the whole batch, sums them exactly,
and turns the sums over all workers back with one rounding to the format of the parameter. Scaling by powers of two
rounds nothing, and neither does a conversion of integers that fit into the significand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.numerics.exchange import choose_type, join_maxima, make_buffer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.layers.terms import Term
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.plans import Do, Plan

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.signedinteger[Any]]
    IntegerType = type[np.signedinteger[Any]]


class JoinedGradients:
    """What turns measured terms of parts into the gradients of the whole batch.

    Args:
        terms: of this worker's part, measured.
        samples: in the whole batch.
        exchange: with the workers that have the other parts.

    Attributes:
        terms, samples, exchange: as given.
    """

    def __init__(self, terms: Sequence[Term], samples: int, exchange: Exchange) -> None:
        self.terms = terms
        self.samples = samples
        self.exchange = exchange
        self._growths = [term.find_growth(samples) for term in terms]

    def list_maxima(self, plan: Plan) -> None:
        """List the exchange of the largest addends of all columns, in one buffer."""
        join_maxima([term.magnitudes for term in self.terms], self.exchange, plan)
        for term in self.terms:
            term.find_peak(plan)

    def take_size(self) -> None:
        """Give the bounds of the terms the size of this batch; other batches may have parts of the same size."""
        for term, growth in zip(self.terms, self._growths, strict=True):
            term.growth = growth

    def list_sums(self, plan: Plan) -> list[list[Integers]]:
        """List the exact sums over all workers of every term, one exchange for each type of integers.

        Raises:
            UsageError: the sums of so many workers do not fit into integers.
        """
        for term in self.terms:
            term.choose(self.samples, plan)
            term.round(plan)
            term.scale(plan)
        buffers, integers = self._make_buffers()
        for term, own in zip(self.terms, integers, strict=True):
            term.list_integers(own, self.samples, plan)
        for buffer in buffers:
            plan.host(self.exchange.add, buffer)
        return integers

    def _make_buffers(self) -> tuple[list[Integers], list[list[Integers]]]:
        """Return a buffer for each type, and the places in them that every term has."""
        shapes = [[term.shape] * term.count_sums(self.samples) for term in self.terms]
        buffers: list[Integers] = []
        integers: list[list[Integers]] = [[] for _ in self.terms]
        for kind, chosen in group_by_type(self.terms, self.samples, self.exchange.count).items():
            buffer, places = make_buffer([shape for number in chosen for shape in shapes[number]], kind)
            buffers.append(buffer)
            following = iter(places)
            for number in chosen:
                integers[number] = [next(following) for _ in shapes[number]]
        return buffers, integers


def group_by_type(terms: Sequence[Term], samples: int, workers: int) -> dict[IntegerType, list[int]]:
    """Return the numbers of the terms whose sums over workers fit into a type, by the type.

    Args:
        terms: of one worker.
        samples: in the whole batch, of which every worker has a share.
        workers: how many there are.

    Raises:
        UsageError: no type is wide enough.
    """
    share = -(-samples // workers)
    found: dict[IntegerType, list[int]] = {}
    for number, term in enumerate(terms):
        found.setdefault(choose_type(term.find_largest_sum(share, samples), workers), []).append(number)
    return found


class JoinedGradient:
    """The gradient of the whole batch from integer sums.

    Sums of several pieces, and those of 64 bits for float32, are added and scaled in float64. One of 32 bits is
    converted to the parameter's format at once: that rounds once, to the same number.

    Args:
        term: what a part adds; its constants are those of the whole batch.
        integers: the sums over all workers.
        plan: lists what scales them.
    """

    def __init__(self, term: Term, integers: Sequence[Integers], plan: Plan) -> None:
        self._integers = integers
        self._shape = term.shape
        self._dtype = np.dtype(term.layer.fmt.dtype)
        self._direct = len(integers) == 1 and integers[0].itemsize <= self._dtype.itemsize
        self._units = term.list_units(self._dtype if self._direct else np.float64, plan)

    def list_all(self, plan: Plan) -> Floats:
        """Return the gradient, of the parameter's shape."""
        gradient = np.empty(self._shape, dtype=self._dtype)
        self.list_rows(0, len(gradient), gradient, plan)
        return gradient

    def list_rows(self, start: int, stop: int, out: Floats, do: Do) -> None:
        """Write the rows from start to stop into out."""
        first, *others = [piece[start:stop] for piece in self._integers]
        total = out if self._direct else np.empty(out.shape, dtype=np.float64)
        do("copyto", total, first, casting="unsafe")
        for more in others:
            do("add", total, more, total)
        units = self._units if total.ndim > 1 else self._units[start:stop]
        do("multiply", total, units, total)
        if total is not out:
            do("copyto", out, total)
