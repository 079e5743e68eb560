"""What is done with values after they are read, element by element: another type, another scale.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.data.rows import Values

SMALLEST_NORMAL = 2.0**-126
ResultType = Literal["uint8", "int32", "float32"]


class Change(Protocol):
    """Makes values of one type from rows (m, k) of another, each element by itself."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the result."""

    def apply(self, values: Values) -> Values:
        """Return the changed rows (m, k), as a new array."""


def normalize_zeros(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return float32 values in which every number below 2**-126 in size, and -0, has become +0."""
    return np.where(np.abs(values) < np.float32(SMALLEST_NORMAL), np.float32(0), values)


@attrs.frozen
class Cast:
    """Values as another type: whole numbers as they are, all others rounded to float32, to even.

    Results below 2**-126 in size become +0, because not every machine keeps them.
    """

    result: ResultType

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the result."""
        return np.dtype(self.result)

    def apply(self, values: Values) -> Values:
        """Return the values in the new type; those that it cannot hold were refused before."""
        if self.result != "float32":
            return values.astype(self.dtype)
        wide = values.astype(np.float64) if values.dtype.kind in "iub" else values
        return normalize_zeros(wide.astype(np.float32))


@attrs.frozen(eq=False)
class Scale:
    """Values less a mean, divided by a deviation, both float64 of shape (k,): two roundings, and one to float32."""

    means: NDArray[np.float64]
    deviations: NDArray[np.float64]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the result."""
        return np.dtype(np.float32)

    def apply(self, values: Values) -> Values:
        """Return `(value - mean) / deviation` as float32; results below 2**-126 in size become +0."""
        scaled = values.astype(np.float64)
        np.subtract(scaled, self.means, out=scaled)
        np.divide(scaled, self.deviations, out=scaled)
        return normalize_zeros(scaled.astype(np.float32))
