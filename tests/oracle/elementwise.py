"""Layers that compute element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.layers import Batch, Gradient, Layer, Rows, Signal

if TYPE_CHECKING:
    from oracle.formats import Format
    from oracle.layers import Inputs


class Relu(Layer):
    """The rectified linear unit."""

    def __init__(self, name: str, inputs: Inputs, fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.active: Rows = []

    def forward(self, x: Signal, batch: Batch) -> Signal:  # noqa: ARG002 - for layers that need it
        """Return the positive part."""
        self.active = [[max(z, 0.0) for z in row] for row in x.values]
        return Signal(x.shape, self.active)

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:  # noqa: ARG002 - as above
        """Return the gradient where the output is positive."""
        rows = [
            [d if h else 0.0 for d, h in zip(*pair, strict=True)] for pair in zip(dy.values, self.active, strict=True)
        ]
        return Signal(dy.shape, rows, dy.exponents), []
