"""The gradients of parameters in plain NumPy: nothing is rounded to a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.terms import Term, Total
from appliance.numerics.plans import NOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.layers.terms import Owner
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


class NativeTerm(Term):
    """A gradient in plain NumPy: nothing is rounded to a grid.

    Args:
        operand: (r, k) for the product `operand.T @ addends`; None for column sums.
    """

    def __init__(
        self, layer: Owner, parameter: str, addends: Floats, samples: int, *, operand: Floats | None = None
    ) -> None:
        super().__init__(layer, parameter, addends, samples, layer.fmt)
        self.operand = operand
        self.magnitudes = np.zeros(0, dtype=layer.fmt.dtype)

    def find_bits(self, rows: int) -> int:  # noqa: ARG002 - no grid
        """Return the bits of the format."""
        return self._fmt.significand

    def measure(self, do: Do, spare: Floats | None = None) -> None:
        """Do nothing."""

    def check(self) -> None:
        """Do nothing."""

    def choose(self, samples: int, do: Do) -> None:
        """Do nothing."""

    def round(self, do: Do) -> None:
        """Do nothing."""

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient."""
        if self.operand is None:
            gradient = np.empty(self.addends.shape[1], dtype=self.addends.dtype)
            do("add.reduce", self.addends, 0, None, gradient)
        else:
            gradient = np.empty((self.operand.shape[1], self.addends.shape[1]), dtype=self.addends.dtype)
            do("matmul", self.operand.T, self.addends, gradient)
        return gradient

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient."""
        return self.addends.shape[1:] if self.operand is None else (self.operand.shape[1], self.addends.shape[1])

    def count_sums(self, samples: int) -> int:  # noqa: ARG002 - nothing is agreed on before
        """Return 0: nothing is exact."""
        return 0

    def find_sums(self, samples: int, do: Do) -> list[Floats]:  # noqa: ARG002 - nothing is agreed on before
        """Return the gradient of the part."""
        return [self.find_gradient(do)]

    def begin(self, samples: int, do: Do) -> Total:
        """Return an empty total."""
        return _NativeTotal(self, samples, do)


class _NativeTotal(Total):
    """A gradient that is added up part by part; each addition is rounded."""

    def __init__(self, term: Term, samples: int, do: Do) -> None:
        super().__init__(term, samples, do)
        self._sum: Any = 0.0

    def add(self, term: Term) -> None:
        """Add a part."""
        self._sum = self._sum + term.find_gradient(NOW)

    def finish(self) -> Floats:
        """Return the gradient."""
        return np.asarray(self._sum, dtype=self._term.addends.dtype)
