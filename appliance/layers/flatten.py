"""Samples of any shape as one row of numbers each, in C order.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import numpy as np

from appliance.layers.layer import Backward, Signal
from appliance.layers.operands import view_rows
from appliance.layers.simple import SimpleLayer

if TYPE_CHECKING:
    from appliance.layers.layer import Batch, Floats, InputSpec
    from appliance.numerics.plans import Plan


class Flatten(SimpleLayer):
    """Gives (m, k) for samples of any shape with k values; nothing is computed, in either arithmetic."""

    @classmethod
    def specify_output(cls, inputs: InputSpec, name: str) -> InputSpec:  # noqa: ARG003 - any input can be flattened
        """Return the specification of the input with its values in one row."""
        return attrs.evolve(inputs, shape=(inputs.size,))

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return rows (m, k), in the memory of x where possible."""
        moved = np.moveaxis(x.values, 0, -1)
        if moved.flags.c_contiguous:  # pixels (c, h, w, m)
            rows = moved.reshape(-1, batch.rows).T
        else:
            rows = view_rows(x.values, x.values.size // batch.rows, plan)
        return Signal(rows, _reshape_units(x.units, rows), x.nonnegative)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy in the shape and the memory layout of x."""
        dx = dy.values.reshape(x.values.shape)
        if dx.strides != x.values.strides:
            laid = self._work.take_like("dx", x.values)
            plan("copyto", laid, dx)
            dx = laid
        return Backward(Signal(dx, _reshape_units(dy.units, dx)), [])


def _reshape_units(units: Floats | None, like: Floats) -> Floats | None:
    """Return units of samples so that they broadcast against another array of these samples."""
    return units if units is None or not units.ndim else units.reshape(len(like), *(1 for _ in like.shape[1:]))
