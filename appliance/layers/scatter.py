"""The gradient of a table of which each row of a batch reads one entry.

Part of bits 2. The addends of all rows are rounded to a grid of each column, and those of an entry are added exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.terms import Term, Total
from appliance.numerics.formats import F32, count_bits
from appliance.numerics.plans import NOW

if TYPE_CHECKING:
    from appliance.layers.layer import Floats, Indices
    from appliance.layers.terms import Owner
    from appliance.numerics.plans import Do

_F32_BITS = 22  # the rounding of grids leaves so many; sums are in float64, where they are exact


class ScatterTerm(Term):
    """The gradient (entries, n): for each entry the sum of the addends (r, n) of the rows that read it.

    Args:
        entries: (r,); the entry of each row, read when the plan runs.
        count: the number of entries.
    """

    def __init__(
        self, layer: Owner, parameter: str, addends: Floats, samples: int, *, entries: Indices, count: int
    ) -> None:
        super().__init__(layer, parameter, addends, samples, layer.fmt)
        self.entries = entries
        self.shape = (count, addends.shape[1])

    def find_bits(self, rows: int) -> int:
        """Return the bits that keep sums in float64 exact."""
        if self._fmt is F32:
            return _F32_BITS
        return min(self._fmt.significand - count_bits(rows), self._fmt.significand - 2)

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient (entries, n)."""
        total, gradient = np.empty(self.shape), np.empty(self.shape, dtype=self.layer.fmt.dtype)
        do("copyto", total, 0.0)
        do("add.at", total, self.entries, self.addends)
        do("copyto", gradient, total)
        return gradient

    def begin(self, samples: int, do: Do) -> Total:  # noqa: ARG002 - any split
        """Return an empty total."""
        return _ScatterTotal(self)


class _ScatterTotal(Total):
    """Sums of parts, in float64, where they are exact."""

    def __init__(self, term: ScatterTerm) -> None:
        self._term = term
        self.sums = [np.zeros(term.shape)]

    def add(self, term: Term, start: int) -> None:  # noqa: ARG002 - any order
        """Add a part."""
        if not isinstance(term, ScatterTerm):
            raise TypeError(f"expected the term of a table, found {type(term).__name__}")
        NOW("add.at", self.sums[0], term.entries, term.addends)

    def finish(self) -> Floats:
        """Return the gradient (entries, n)."""
        return self.sums[0].astype(self._term.layer.fmt.dtype)


class NativeScatterTerm(ScatterTerm):
    """The same in plain NumPy: nothing is rounded to a grid."""

    def __init__(
        self, layer: Owner, parameter: str, addends: Floats, samples: int, *, entries: Indices, count: int
    ) -> None:
        super().__init__(layer, parameter, addends, samples, entries=entries, count=count)
        self.magnitudes = np.zeros(0, dtype=layer.fmt.dtype)

    def measure(self, do: Do, spare: Floats | None = None) -> None:
        """Do nothing."""

    def check(self) -> None:
        """Do nothing."""

    def choose(self, samples: int, do: Do) -> None:
        """Do nothing."""

    def round(self, do: Do) -> None:
        """Do nothing."""
