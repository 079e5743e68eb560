"""What batch normalisation shares with layer normalisation: factors, biases, the way through float64.

Part of bits 2. `y = normal * weight + bias`, where normal has the mean 0 and the variance 1.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.layers.column_terms import ColumnTerm
from appliance.layers.dense import make_bias_term
from appliance.layers.layer import Backward, Layer, Signal
from appliance.layers.native_terms import NativeTerm
from appliance.layers.shapes import copy_plain
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.layers.layer import Batch, Floats, InputSpec
    from appliance.layers.terms import Term
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class Standardized(NamedTuple):
    """What the backward pass needs of a forward pass: standardised values (r, n), and inverse deviations."""

    normal: Floats
    inverses: Floats


class Normalization(Layer):
    """A layer with factors (n,) and biases (n,) for standardised rows (r, n).

    Args:
        name: such as "layer_norm_1".
        fmt: the number format.
        width: n.
        inputs: the specification of the input.
        epsilon: added to variances.
        portable: portable arithmetic; False for plain NumPy.
    """

    def __init__(
        self, name: str, fmt: Format, width: int, inputs: InputSpec, epsilon: float, *, portable: bool
    ) -> None:
        super().__init__(name, fmt)
        self._weight = np.ones(width, dtype=fmt.dtype)
        self._bias = np.zeros(width, dtype=fmt.dtype)
        self._inputs = inputs
        self._epsilon = epsilon
        self._portable = portable
        wide = np.float64 if portable else fmt.dtype
        self._work, self._wide = Workspace(fmt.dtype), Workspace(wide)

    def parameters(self) -> dict[str, Floats]:
        """Return weight and bias."""
        return {"weight": self._weight, "bias": self._bias}

    @abstractmethod
    def _view_rows(self, values: Floats) -> Floats:
        """Return memory of this layer for values of one batch, from `_take`, as rows (r, n)."""

    @abstractmethod
    def _take(self, name: str, like: Floats, work: Workspace) -> Floats:
        """Return an array for values (m, ...) in the layout that `_view_rows` can view."""

    @abstractmethod
    def _standardize(self, x: Floats, batch: Batch, plan: Plan) -> Floats:
        """Standardise x (r, n) in place; return the inverse deviations, which broadcast against x."""

    @abstractmethod
    def _differentiate(self, dy: Floats, kept: Standardized, batch: Batch, plan: Plan) -> None:
        """Turn the gradient dy (r, n) of standardised rows into that of the rows, in place."""

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return x standardised, times the weight, plus the bias."""
        wide = self._take("x", x.values, self._wide)
        copy_plain(x, wide, plan)
        rows = self._view_rows(wide)
        inverses = self._standardize(rows, batch, plan)
        normal, y = (self._take(name, x.values, self._work) for name in ("normal", "y"))
        plan("copyto", self._view_rows(normal), rows)
        batch.keep(self.name, Standardized(self._view_rows(normal), inverses))
        out = self._view_rows(y)
        plan("multiply", self._view_rows(normal), self._weight, out)
        plan("add", out, self._bias, out)
        return Signal(y)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient of the input, and the terms of weight and bias."""
        plain = self._take("dy", dy.values, self._work)
        copy_plain(dy, plain, plan)
        rows, kept = self._view_rows(plain), batch.recall(self.name, Standardized)
        below = None
        if not self._inputs.is_data:
            wide = self._take("x", dy.values, self._wide)
            slopes = self._view_rows(wide)
            plan("copyto", slopes, rows)
            plan("multiply", slopes, self._weight, slopes)
            self._differentiate(slopes, kept, batch, plan)
            dx = self._take("dx", dy.values, self._work)
            plan("copyto", dx, wide)
            below = Signal(dx)
        return Backward(below, self._list_terms(rows, kept, batch, plan))

    def _list_terms(self, dy: Floats, kept: Standardized, batch: Batch, plan: Plan) -> list[Term]:
        plan.begin(f"{self.name}.gradients")
        addends = np.empty(dy.shape, dtype=self.fmt.dtype)
        plan("multiply", dy, kept.normal, addends)
        plan("multiply", addends, batch.scale, addends)
        if not self._portable:
            scaled = np.empty(dy.shape, dtype=self.fmt.dtype)
            plan("multiply", dy, batch.scale, scaled)
            return [NativeTerm(self, "weight", addends, batch.rows), NativeTerm(self, "bias", scaled, batch.rows)]
        weight = ColumnTerm(self, "weight", addends, batch.rows)
        weight.measure(plan)
        return [weight, make_bias_term(self, Signal(dy), batch, plan)]
