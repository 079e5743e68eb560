"""Dropout from keyed streams.

Part of bits 2. What a sample loses depends on the seed, the layer, the epoch and the number of the sample in the
training data, so neither the order of a batch nor its split shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.layers.layer import Backward, InputSpec, Layer, Signal
from appliance.layers.shapes import copy_plain
from appliance.numerics.workspace import Workspace
from appliance.streams import draw_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.config.norm_layers import DropoutConfig
    from appliance.layers.builder import Builder
    from appliance.layers.layer import Batch
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Plan

_PIECES = 16  # pieces of 16 bits in the four words of a counter
_STEPS = 1 << 16  # of the probability


class Dropout(Layer):
    """Dropout, the same in both arithmetics.

    Args:
        name: such as "dropout_1"; its number is that of the stream.
        fmt: the number format.
        rate: the probability that a value is dropped.
        seed: of the stream.
        inputs: the specification of the input.
    """

    def __init__(self, name: str, fmt: Format, rate: float, seed: int, inputs: InputSpec) -> None:
        super().__init__(name, fmt)
        self._number = int(name.rpartition("_")[2])
        self._seed = seed
        self._size = inputs.size
        self._threshold = int(np.rint(np.float64(rate) * _STEPS))
        self._factor = fmt.dtype(1.0 / (1.0 - rate))
        self._work = Workspace(fmt.dtype)

    @classmethod
    def build(cls, settings: DropoutConfig, name: str, inputs: InputSpec, builder: Builder) -> tuple[Layer, InputSpec]:
        """Return the layer and the specification of its output."""
        layer = cls(name, builder.fmt, settings.rate, builder.seed, inputs)
        return layer, InputSpec(shape=inputs.shape, is_data=inputs.is_data)

    @property
    def depends_on_mode(self) -> bool:
        """True: predictions drop nothing."""
        return True

    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return x in a prediction; else x times 1 / (1 - rate), with zeros where values are dropped."""
        y = self._work.take_like("y", x.values)
        copy_plain(x, y, plan)
        if batch.training:
            mask = np.empty(y.shape, dtype=self.fmt.bit_type)
            batch.keep(self.name, mask)
            plan.host(self._draw, batch, mask)
            plan("multiply", y, self._factor, y)
            plan("bitwise_and", y.view(mask.dtype), mask, y.view(mask.dtype))
        return Signal(y)

    def _draw(self, batch: Batch, mask: NDArray[Any]) -> None:
        """Write all bits set for each value that is kept, and 0 for each that is dropped."""
        blocks = -(-self._size // _PIECES)
        words = draw_blocks(batch.samples, blocks, self._seed, "dropout", self._number, int(batch.epoch))
        pieces = words.astype("<u8", copy=False).view("<u2")[:, : self._size]
        np.copyto(mask.reshape(len(mask), -1), pieces >= self._threshold, casting="unsafe")
        np.negative(mask, out=mask)

    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:  # noqa: ARG002
        """Return dy times 1 / (1 - rate), with zeros where values were dropped; dy is overwritten."""
        mask = batch.recall(self.name, np.ndarray)
        plan("multiply", dy.values, self._factor, dy.values)
        plan("bitwise_and", dy.values.view(mask.dtype), mask, dy.values.view(mask.dtype))
        return Backward(dy, [])
