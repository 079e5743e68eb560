"""Planned forward passes of a network, one for each number of rows.

Part of bits 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.layers.layer import Signal
from appliance.numerics.formats import BYTE_UNIT
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.layers.layer import Floats
    from appliance.model.network import Network
    from appliance.numerics.plans import Observer, Plan, Tap


class ForwardPass(NamedTuple):
    """A planned forward pass for one number of rows.

    Attributes:
        buffer: receives the bytes (m, k) of a batch before the plan runs.
        signals: the input of each layer in order, then the output of the last one.
        plan: the operations.
    """

    buffer: Floats
    signals: list[Signal]
    plan: Plan

    @property
    def outputs(self) -> Floats:
        """The network's outputs, (m, c)."""
        return self.signals[-1].values

    def run(self, features: NDArray[np.uint8], observe: Observer | Tap | None = None) -> None:
        """Compute the outputs for bytes (m, k)."""
        np.copyto(self.buffer, features)
        self.plan.run(observe)


class ForwardPasses:
    """The forward passes of one network, each planned at its first use.

    Args:
        network: the network to plan.

    Attributes:
        width: the number of input columns; fewer than the network's while columns are selected.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.width = math.prod(network.inputs.shape)
        self._work = Workspace(network.fmt.dtype)
        self._passes: dict[int, ForwardPass] = {}

    def drop(self) -> None:
        """Plan again at the next use; needed when arrays of parameters were exchanged."""
        self._passes.clear()

    def plan(self, rows: int) -> ForwardPass:
        """Return the pass for that many rows."""
        found = self._passes.get(rows)
        if found is None:
            found = self._passes[rows] = self._plan(rows)
        return found

    def _plan(self, rows: int) -> ForwardPass:
        plan = self.network.make_plan()
        plan.begin("input")
        buffer = self._work.take("input", rows, self.width)
        signals = [self._receive(buffer, plan)]
        plan.output("input", buffer)
        for layer in self.network.layers:
            if parameters := layer.parameters():
                plan.begin(f"{layer.name}.parameters")
                layer.prepare(plan)
                for name, parameter in parameters.items():
                    plan.output(f"{layer.name}.{name}", parameter)
            plan.begin(f"{layer.name}.output")
            signals.append(layer.forward(signals[-1], plan))
            plan.output(f"{layer.name}.output", signals[-1].values)
        return ForwardPass(buffer, signals, plan)

    def _receive(self, buffer: Floats, plan: Plan) -> Signal:
        """Return the signal that stands for byte / 256."""
        unit = self.network.fmt.dtype(BYTE_UNIT)
        if self.network.portable:
            return Signal(buffer, np.asarray(unit))
        plan("multiply", buffer, unit, buffer)
        return Signal(buffer)

    def predict(self, features: NDArray[np.uint8]) -> NDArray[np.floating[Any]]:
        """Return the outputs (m, c) for bytes (m, k) as a new array."""
        forward = self.plan(len(features))
        forward.run(features)
        return np.array(forward.outputs)
