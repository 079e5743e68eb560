"""The gradient of a table of which each row of a batch reads one entry.

Part of bits 2. The addends of all rows are rounded to a grid of each column, and those of an entry are added exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.terms import Term
from appliance.numerics.formats import F32, count_bits

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
        self._shape = (count, addends.shape[1])

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient (entries, n)."""
        return self._shape

    def find_bits(self, rows: int) -> int:
        """Return the bits that keep sums in float64 exact."""
        if self._fmt is F32:
            return _F32_BITS
        return min(self._fmt.significand - count_bits(rows), self._fmt.significand - 2)

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient (entries, n)."""
        gradient = np.empty(self.shape, dtype=self.layer.fmt.dtype)
        do("copyto", gradient, self.find_sums(0, do)[0])
        return gradient

    def find_sums(self, samples: int, do: Do) -> list[Floats]:  # noqa: ARG002 - any split
        """Return the sums (entries, n), in float64, where they are exact."""
        total = np.empty(self.shape)
        do("copyto", total, 0.0)
        do("add.at", total, self.entries, self.addends)
        return [total]


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
