"""Layers with a connection around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle.layers import Batch, Gradient, Layer, Signal

if TYPE_CHECKING:
    from oracle.formats import Format
    from oracle.layers import Inputs
    from oracle.optimizers import Tensor
    from oracle.weights import Weight


class Residual(Layer):
    """The sum of an input and of the output of inner layers for it."""

    def __init__(self, name: str, inputs: Inputs, inner: list[Layer], fmt: Format) -> None:
        super().__init__(name, inputs, fmt)
        self.inner = inner

    @property
    def tensors(self) -> list[Tensor]:
        """Those of the inner layers."""
        return [tensor for layer in self.inner for tensor in layer.tensors]

    @property
    def weights(self) -> list[Weight]:
        """Those of the inner layers."""
        return [weight for layer in self.inner for weight in layer.weights]

    def forward(self, x: Signal, batch: Batch) -> Signal:
        """Return the sum."""
        y = x = Signal(x.shape, x.multiply_out(self.fmt))
        for layer in self.inner:
            y = layer.forward(y, batch)
        return self._add(x, y)

    def _add(self, a: Signal, b: Signal) -> Signal:
        pairs = zip(a.multiply_out(self.fmt), b.multiply_out(self.fmt), strict=True)
        return Signal(a.shape, [self.fmt.round([x + y for x, y in zip(*pair, strict=True)]) for pair in pairs])

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradient of the input by both ways, and those of the inner layers."""
        g = dy = Signal(dy.shape, dy.multiply_out(self.fmt))
        found = []
        for layer in reversed(self.inner):
            g, own = layer.backward(g, batch)
            found.append(own)
            if layer.inputs.is_data:
                break
        gradients = [gradient for own in reversed(found) for gradient in own]
        if self.inputs.is_data:
            return Signal(self.inputs.shape, []), gradients
        return self._add(dy, g), gradients
