"""A network: a list of layers, with the loss and the operations that it is computed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.layers.layer import walk
from appliance.numerics.plans import Immediate, Plan

if TYPE_CHECKING:
    from appliance.layers.layer import Floats, InputSpec, Layer
    from appliance.losses.loss import Loss
    from appliance.numerics.formats import Format
    from appliance.numerics.operations import Operations
    from verify.conformance.freivalds import ExactChecker


@attrs.frozen(kw_only=True, eq=False)
class Network:
    """Layers from the input to the output.

    Attributes:
        layers: in forward order.
        loss: of the last layer's output.
        inputs: the specification of one sample, which the first layer reads as a flat row of bytes.
        fmt: the number format.
        operations: the table from which plans take their operations.
        checker: checks the products of portable plans; None to check none.
        portable: whether results have the same bits on every machine.
    """

    layers: list[Layer]
    loss: Loss
    inputs: InputSpec
    fmt: Format
    operations: Operations
    portable: bool
    checker: ExactChecker | None = None

    def make_plan(self) -> Plan:
        """Return an empty plan for this network."""
        return Plan(self.operations, self.checker)

    def make_immediate(self, *, first: bool) -> Immediate:
        """Return what carries out operations of this network at once, for the first time or a later one."""
        checked = self.checker is not None and (first or self.checker.always)
        return Immediate(self.operations, self.checker if checked else None)

    def parameters(self) -> dict[str, Floats]:
        """Return the live parameters by name, such as "dense_1.weight" (k, n) and "dense_1.bias" (n,).

        After changing one from outside, call `reset_bounds`.
        """
        layers = list(walk(self.layers))
        return {f"{layer.name}.{name}": array for layer in layers for name, array in layer.parameters().items()}

    def arrays(self) -> dict[str, Floats]:
        """Return the live parameters and buffers by name: all arrays that predictions depend on."""
        layers = list(walk(self.layers))
        buffers = {f"{layer.name}.{name}": array for layer in layers for name, array in layer.buffers().items()}
        return {**self.parameters(), **buffers}

    def reset_bounds(self) -> None:
        """Drop the carried magnitude bounds; they are measured again at the next use."""
        for layer in walk(self.layers):
            layer.reset_bounds()
