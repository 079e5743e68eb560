"""Learned vectors for positions, which are added to a sequence.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.column_terms import ColumnTerm
from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.native_terms import NativeTerm
from appliance.layers.shapes import copy_plain, require_sequence
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.config.sequence_layers import PositionsConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch, Floats, Updater
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do, Plan


class Positions(Layer):
    """A vector for each position, (positions, units), which is added to every sample.

    Args:
        name: such as "positions_1".
        table: shape (positions, units), of the format's dtype.
        fmt: the number format.
        inputs: the specification of the input.
        portable: portable arithmetic; False for plain NumPy.
    """

    def __init__(self, name: str, table: Floats, fmt: Format, inputs: InputSpec, *, portable: bool) -> None:
        super().__init__(name, fmt)
        self._table = table
        self._inputs = inputs
        self._portable = portable
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(
        cls,
        settings: PositionsConfig,  # noqa: ARG003 - it has none
        name: str,
        inputs: InputSpec,
        builder: Builder,
    ) -> tuple[Layer, InputSpec]:
        """Return the layer with its initial parameters, and the specification of its output.

        Raises:
            ConfigurationError: the input is no sequence.
        """
        table = builder.draw_table(*require_sequence(inputs, name))
        return cls(name, table, builder.fmt, inputs, portable=builder.portable), InputSpec(shape=inputs.shape)

    def parameters(self) -> dict[str, Floats]:
        """Return the vectors."""
        return {"weight": self._table}

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return x with the vector of each position added."""
        y = self._work.take("y", *x.values.shape)
        copy_plain(x, y, plan)
        plan("add", y, self._table, y)
        return Signal(y)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return the gradient as it came, and the term of the vectors."""
        plan.begin(f"{self.name}.gradients")
        addends = np.empty(dy.values.shape, dtype=self.fmt.dtype)
        copy_plain(dy, addends, plan)
        plan("multiply", addends, batch.scale, addends)
        rows = addends.reshape(batch.rows, -1)
        if self._portable:
            term: ColumnTerm | NativeTerm = ColumnTerm(self, "weight", rows, batch.rows)
            term.measure(plan)
        else:
            term = NativeTerm(self, "weight", rows, batch.rows)
        return Backward(None if self._inputs.is_data else dy, [term])

    def apply_gradient(self, name: str, gradient: Floats, updater: Updater, do: Do) -> None:
        """Take the optimizer's step for the vectors."""
        super().apply_gradient(name, gradient.reshape(self._table.shape), updater, do)
