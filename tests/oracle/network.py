"""A network: layers one after the other, forward and backward, and its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oracle import exact
from oracle.optimizers import clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.formats import Format
    from oracle.layers import Batch, Gradient, Layer, Signal
    from oracle.optimizers import Optimizer, Tensor


class Network:
    """A list of layers; gradients are clipped to a norm, where it is not 0."""

    def __init__(self, layers: Sequence[Layer], limit: float, fmt: Format) -> None:
        self.layers, self.limit, self.fmt = layers, limit, fmt

    @property
    def tensors(self) -> list[Tensor]:
        """All that is in a file of weights."""
        return [tensor for layer in self.layers for tensor in layer.tensors]

    def reset_bounds(self) -> None:
        """Drop the bounds of all weights; they are measured again at the next use."""
        for layer in self.layers:
            for weight in layer.weights:
                weight.bound = None
                weight.tensor.first_bound = exact.measure(weight.tensor.first)

    def forward(self, x: Signal, batch: Batch) -> list[list[float]]:
        """Return the outputs."""
        for layer in self.layers:
            x = layer.forward(x, batch)
        return [list(row) for row in x.values]

    def backward(self, dy: Signal, batch: Batch) -> list[Gradient]:
        """Return the gradients of all parameters, in their order."""
        found: list[list[Gradient]] = []
        for layer in reversed(self.layers):
            dy, gradients = layer.backward(dy, batch)
            found.append(gradients)
            if layer.inputs.is_data:
                break
        return [gradient for gradients in reversed(found) for gradient in gradients]

    def update(self, gradients: list[Gradient], optimizer: Optimizer) -> None:
        """Change all parameters by their gradients."""
        values = [gradient.values for gradient in gradients]
        if self.limit:
            values = clip(values, self.limit, self.fmt)
        for gradient, entries in zip(gradients, values, strict=True):
            optimizer.update(gradient.tensor, entries)
            if gradient.weight is not None:
                gradient.weight.carry_bound(optimizer.bound_move(gradient.tensor, gradient.reach))
