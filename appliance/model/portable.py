"""What a network needs besides its layers, in portable arithmetic: ReLU, softmax, loss."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.model.dense import PortableDense
from appliance.model.gradients import Scaled
from appliance.model.workspace import Workspace
from appliance.numerics.formats import PIXEL_UNIT
from appliance.numerics.functions import exp_softly, log
from appliance.numerics.grids import find_exponent, find_row_units, round_rows, round_to_grid
from appliance.numerics.plans import call_now
from appliance.numerics.quotients import divide_exactly
from appliance.numerics.sums import add_rows, limit_addends, mean_exact

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


@lru_cache(maxsize=16)
def _find_softmax_exponent(classes: int, fmt: Format) -> int:
    return find_exponent(1.0, limit_addends(classes, fmt), fmt)


class PortableArithmetic:
    """What a network needs besides its layers, in portable arithmetic of one format."""

    skips_zeros = True

    def __init__(self, fmt: Format) -> None:
        self.fmt = fmt
        self._work = Workspace(fmt.dtype)

    def make_dense(self, name: str, weight: Floats, bias: Floats, *, first: bool) -> PortableDense:
        """Return a layer around the given arrays, which it will change in place."""
        return PortableDense(name, weight, bias, self.fmt, first=first)

    def receive(self, rows: int, columns: int, do: Do = call_now) -> Scaled:  # noqa: ARG002
        """Return the activation that stands for byte / 256, exactly, once bytes (m, k) are copied into its values."""
        return Scaled(self._work.take("pixels", rows, columns), np.asarray(PIXEL_UNIT, dtype=self.fmt.dtype))

    def rectify(self, name: str, z: Floats, do: Do = call_now) -> Scaled:
        """Return ReLU of z (m, n) from the layer of that name, each row on its own grid; z is overwritten.

        `maximum` may return either zero of a pair; z holds no -0, so there is nothing to choose.
        """
        do(np.maximum, z, self._work.fill("zeros", 0.0, *z.shape), out=z)
        units = find_row_units(z, self.fmt.activation_bits, self.fmt, np.empty((len(z), 1), self.fmt.dtype), do)
        return Scaled(values=round_rows(z, units, self._work.take(name, *z.shape), self.fmt, do), units=units)

    def mask(self, dx: Scaled, x: Scaled, do: Do = call_now) -> Scaled:
        """Return dx (m, k) with zeros where the rounded activation is zero; dx is overwritten."""
        ones = self._work.fill("ones", 1.0, *x.values.shape)
        active = self._work.take("active", *x.values.shape)
        do(np.minimum, x.values, ones, out=active)
        do(np.multiply, dx.values, active, dx.values)
        return dx

    def soften(self, z: Floats, do: Do = call_now) -> tuple[Floats, Floats, Floats]:
        """Return (probabilities (m, c), logits less their maximum (m, c), denominators (m, 1)) of a softmax.

        Computed class by class, which is how logits lie in memory.
        """
        logits = z.T
        highest, denominators = np.empty(len(z), dtype=z.dtype), np.empty(len(z), dtype=z.dtype)
        shifted, terms = np.empty_like(logits), np.empty_like(logits)
        do(np.maximum.reduce, logits, 0, None, highest)
        do(np.subtract, logits, highest, shifted)
        exp_softly(shifted, terms, do)
        round_to_grid(terms, _find_softmax_exponent(len(logits), self.fmt), self.fmt, terms, do)
        add_rows(terms, denominators, do)
        divide_exactly(terms, denominators, terms, do)
        return terms.T, shifted.T, denominators[:, np.newaxis]

    def wrap(self, gradient: Floats) -> Scaled:
        """Return a softmax's gradient (m, c) in the form layers take it."""
        return Scaled(values=gradient, units=None)

    def average_loss(self, shifted: Floats, denominators: Floats) -> float:
        """Return the mean cross-entropy `log(denominator) - shifted logit of the true class`, both of shape (n,)."""
        return mean_exact(log(denominators.astype(np.float64)) - shifted.astype(np.float64))
