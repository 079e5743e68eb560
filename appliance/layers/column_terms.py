"""What the samples of a batch add to the gradient of a parameter, as sums of columns.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.terms import Term
from appliance.numerics.formats import F32, count_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.layers.terms import Owner
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


# Column sums over more rows than this are made in float64 in float32 trainings, with addends of 22 bits.
_MOST_ROWS = 4096


class ColumnTerm(Term):
    """The gradient of a parameter (n,) as column sums of addends (r, n).

    Args:
        factor: an exact power of two that the sums are multiplied by.
        shared: the term of a product whose addends these are; they are measured and rounded there.
    """

    def __init__(
        self,
        layer: Owner,
        parameter: str,
        addends: Floats,
        samples: int,
        *,
        factor: float = 1.0,
        shared: Term | None = None,
    ) -> None:
        fmt = layer.fmt if shared is None else shared._fmt  # noqa: SLF001 - of one class
        super().__init__(layer, parameter, addends, samples, fmt)
        self._factor = factor
        self._shared = shared
        if shared is not None:
            self.magnitudes, self._peak = shared.magnitudes, shared._peak  # noqa: SLF001 - of one class
            self._constants = shared._constants  # noqa: SLF001 - of one class

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient (n,)."""
        return self.addends.shape[1:]

    def find_bits(self, rows: int) -> int:
        """Return the bits that keep column sums exact."""
        significand = self._fmt.significand
        if self._fmt is F32 and rows > _MOST_ROWS:
            return significand - 2
        return min(significand - count_bits(rows), significand - 2)

    def measure(self, do: Do, spare: Floats | None = None) -> None:
        """Compute the magnitudes, unless they are shared."""
        if self._shared is None:
            super().measure(do, spare)

    def find_peak(self, do: Do) -> None:
        """Find the largest magnitude again, unless it is shared."""
        if self._shared is None:
            super().find_peak(do)

    def choose(self, samples: int, do: Do) -> None:
        """Compute the constants, unless they are shared."""
        if self._shared is None:
            super().choose(samples, do)

    def round(self, do: Do) -> None:
        """Round the addends, unless they are shared."""
        if self._shared is None:
            super().round(do)

    def scale(self, do: Do) -> None:
        """Turn the addends into whole numbers, unless they are shared."""
        if self._shared is None:
            super().scale(do)

    def find_largest_sum(self, samples: int, whole: int) -> int:
        """Return how many units an entry of the sums over `samples` of the `whole` batch can be."""
        term = self if self._shared is None else self._shared
        return int(self.count_units(samples)) << term.find_bits(whole * self.rows_per_sample)

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient (n,)."""
        gradient = np.empty(self.shape, dtype=self.layer.fmt.dtype)
        total = self._add_rows(len(self.addends), gradient, do)
        if total is not gradient:
            do("copyto", gradient, total)
        if self._factor != 1.0:
            do("multiply", gradient, gradient.dtype.type(self._factor), gradient)
        return gradient

    def _add_rows(self, rows: int, out: Floats, do: Do) -> Floats:
        """Return the sums of addends of a batch of so many rows: out, or float64 where out's type is not enough."""
        if self.addends.dtype != out.dtype or (self._fmt is F32 and rows > _MOST_ROWS):
            out = np.empty(self.shape, dtype=np.float64)
        do("add.reduce", self.addends, 0, out.dtype.type, out)
        return out

    def find_sums(self, samples: int, do: Do) -> list[Floats]:
        """Return the sums (n,)."""
        return [self._add_rows(samples * self.rows_per_sample, np.empty(self.shape, dtype=self.addends.dtype), do)]
