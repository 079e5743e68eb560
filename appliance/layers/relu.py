"""The rectified linear unit.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.layer import Backward, Signal
from appliance.layers.operands import make_plain
from appliance.layers.simple import SimpleLayer

if TYPE_CHECKING:
    from appliance.layers.layer import Batch
    from appliance.numerics.plans import Plan

# From so many entries on, two passes over memory take longer than a conversion of truth values.
_LARGE = 1 << 16


class PortableRelu(SimpleLayer):
    """ReLU, in place."""

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return ReLU of x, any shape; x is overwritten.

        `maximum` may return either zero of a pair; x holds no -0, so both are the same.
        """
        z = make_plain(x, plan)
        zero: object = self.fmt.dtype(0.0) if z.size > _LARGE else self._work.fill_like("zeros", 0.0, z)
        plan("maximum", z, zero, out=z)
        return Signal(z, nonnegative=True)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy with zeros where the output is zero, whatever is small in it; dy is overwritten.

        The bits of a positive number, read as a whole number, are at least 1, those of 0 are 0.
        """
        whole = self.fmt.bit_type
        if y.values.size > _LARGE:
            positive = np.empty_like(y.values, dtype=np.bool_)
            plan("greater", y.values, self.fmt.dtype(0.0), positive)
            plan("multiply", dy.values.view(whole), positive, dy.values.view(whole))
            return Backward(dy, [])
        active = self._work.take_like("active", y.values).view(whole)
        ones = self._work.fill_like("ones", np.ones(1, whole).view(self.fmt.dtype)[0], y.values).view(whole)
        plan("minimum", y.values.view(whole), ones, out=active)
        plan("multiply", dy.values.view(whole), active, dy.values.view(whole))
        return Backward(dy, [])


class NativeRelu(SimpleLayer):
    """ReLU in plain NumPy."""

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return ReLU of x, in place."""
        plan("maximum", x.values, self.fmt.dtype(0.0), out=x.values)
        return x

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy with zeros where the output is not positive, in place."""
        active = np.empty(y.values.shape, dtype=np.bool_)
        plan("greater", y.values, 0, active)
        plan("multiply", dy.values, active, dy.values)
        return Backward(dy, [])
