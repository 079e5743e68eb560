"""Planned forward passes of a network, one for each number of rows.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from appliance.layers.layer import Batch, Signal, walk
from appliance.layers.sequence import list_forward
from appliance.numerics.exchange import ALONE
from appliance.numerics.formats import BYTE_UNIT
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.layers.layer import Floats, Integers
    from appliance.model.network import Network
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.plans import Observer, Plan, Tap


class ForwardPass(NamedTuple):
    """A planned forward pass for one number of rows.

    Attributes:
        buffer: receives the samples (m, k) of a batch before the plan runs.
        batch: what its layers may know.
        signals: the input of each layer in order, then the output of the last one.
        plan: the operations.
    """

    buffer: Floats
    batch: Batch
    signals: list[Signal]
    plan: Plan

    @property
    def outputs(self) -> Floats:
        """The network's outputs, (m, ...)."""
        return self.signals[-1].values

    def run(self, features: NDArray[Any], observe: Observer | Tap | None = None) -> None:
        """Compute the outputs for samples (m, k)."""
        np.copyto(self.buffer, features, casting="unsafe")
        self.plan.run(observe)


class ForwardPasses:
    """The forward passes of one network, each planned at its first use.

    Args:
        network: the network to plan.
        exchange: with the workers that have the other parts of a batch.

    Attributes:
        width: the number of input columns; fewer than the network's while columns are selected.
        epoch: shape (); the number of the epoch, for passes of a training.
        scale: shape (); what gradients are multiplied by.
    """

    def __init__(self, network: Network, exchange: Exchange = ALONE) -> None:
        self.network = network
        self.width = network.inputs.size
        self.epoch: Integers = np.ones((), dtype=np.int64)
        self.scale: Floats = np.zeros((), dtype=network.fmt.dtype)
        self._depends_on_mode = any(layer.depends_on_mode for layer in walk(network.layers))
        self._needs_whole_batch = any(layer.needs_whole_batch for layer in network.layers)
        self._exchange = exchange
        self._work = Workspace(network.fmt.dtype)
        self._passes: dict[tuple[int, int, bool], ForwardPass] = {}

    def drop(self) -> None:
        """Plan again at the next use; needed when arrays of parameters were exchanged."""
        self._passes.clear()

    def find_key(self, rows: int, whole: int | None) -> tuple[int, int]:
        """Return what the pass of so many rows of a whole batch depends on; in most networks the rows alone."""
        return rows, rows if whole is None or not self._needs_whole_batch else whole

    def plan(self, rows: int, *, training: bool = False, whole: int | None = None) -> ForwardPass:
        """Return the pass for that many rows; in many networks that of a training is that of a prediction.

        Args:
            rows: the number of samples.
            training: whether this is a step of a training.
            whole: the number of samples of the batch that these are a part of; None for as many.
        """
        key = (*self.find_key(rows, whole), training and self._depends_on_mode)
        found = self._passes.get(key)
        if found is None:
            found = self._passes[key] = self._plan(*key)
        return found

    def _plan(self, rows: int, whole: int, training: bool) -> ForwardPass:  # noqa: FBT001 - the key of a pass
        plan = self.network.make_plan()
        plan.begin("input")
        buffer = self._work.take("input", rows, self.width)
        batch = Batch(
            rows=rows,
            whole=whole,
            exchange=self._exchange if rows < whole else ALONE,
            training=training,
            samples=np.zeros(rows, dtype=np.int64),
            epoch=self.epoch,
            scale=self.scale,
        )
        received = self._receive(buffer, plan)
        plan.output("input", buffer)
        return ForwardPass(buffer, batch, list_forward(self.network.layers, received, batch, plan), plan)

    def _receive(self, buffer: Floats, plan: Plan) -> Signal:
        """Return the signal that stands for the samples: byte / 256, or plain values."""
        network, unit = self.network, self.network.fmt.dtype(BYTE_UNIT)
        whole = self.width == network.inputs.size
        values = buffer.reshape(len(buffer), *network.inputs.shape) if whole else buffer
        if network.inputs.bits is None:
            return Signal(values)
        if network.portable:
            return Signal(values, np.asarray(unit), nonnegative=True)
        plan("multiply", values, unit, values)
        return Signal(values)

    def predict(self, features: NDArray[Any]) -> NDArray[np.floating[Any]]:
        """Return the outputs (m, ...) for samples (m, k) as a new array."""
        forward = self.plan(len(features))
        forward.run(features)
        return np.array(forward.outputs)
