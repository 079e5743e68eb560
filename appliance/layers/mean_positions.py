"""The mean of a sequence over its positions.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from appliance.layers.layer import Backward, InputSpec, Signal
from appliance.layers.shapes import copy_plain, require_sequence
from appliance.layers.simple import SimpleLayer
from appliance.numerics.column_sums import average_columns
from appliance.numerics.quotients import divide_rounded
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from appliance.layers.layer import Batch
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan


class PortableMeanPositions(SimpleLayer):
    """The mean over positions, from exact sums."""

    def __init__(self, name: str, fmt: Format) -> None:
        super().__init__(name, fmt)
        self._wide = Workspace(np.float64)

    @classmethod
    def specify_output(cls, inputs: InputSpec, name: str) -> InputSpec:
        """Return the specification of one position.

        Raises:
            ConfigurationError: the input is no sequence.
        """
        return InputSpec(shape=(require_sequence(inputs, name)[1],), is_data=inputs.is_data)

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return the means (m, units)."""
        rows, positions, units = x.values.shape
        wide = self._wide.take("x", positions, rows, units)
        copy_plain(x, wide.transpose(1, 0, 2), plan)
        means = self._wide.take("means", rows, units)
        average_columns(wide, means, self._wide.take("spare", positions, rows, units), plan)
        y = self._work.take("y", rows, units)
        plan("copyto", y, means)
        return Signal(y)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy divided by the number of positions, at each of them."""
        shape = x.values.shape
        share, dx = self._work.take("share", *dy.values.shape), self._work.take("dx", *shape)
        copy_plain(dy, share, plan)
        divide_rounded(share, self.fmt.dtype(shape[1]), share, plan)
        plan("copyto", dx, share.reshape(len(share), 1, -1))
        return Backward(Signal(dx), [])


class NativeMeanPositions(PortableMeanPositions):
    """The mean over positions in plain NumPy."""

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:  # noqa: ARG002
        """Return the means (m, units)."""
        y = self._work.take("y", len(x.values), x.values.shape[2])
        plan("add.reduce", x.values, 1, None, y)
        plan("divide", y, self.fmt.dtype(x.values.shape[1]), y)
        return Signal(y)
