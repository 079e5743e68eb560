"""Dense layers in plain NumPy: fast anywhere, the same bits only on the same machine and software."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import attrs
import numpy as np

from appliance.model.workspace import Workspace
from appliance.numerics.formats import PIXEL_UNIT
from appliance.numerics.plans import call_now

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.model.optimizers import Optimizer, Slot
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]


@attrs.frozen(kw_only=True, eq=False)
class NativeActivation:
    """What a layer reads: plain values (m, k)."""

    values: Floats


class NativeAddends(NamedTuple):
    """What the rows of a part of a batch add to a layer's gradients: those of its output, (m, n)."""

    dz: Floats
    magnitudes: Floats


@attrs.frozen(kw_only=True, eq=False)
class NativeSums:
    """A layer's gradients, added up part by part, each addition rounded: weight (k, n), bias (n,)."""

    weight: Floats
    bias: Floats

    def add(self, x: NativeActivation, addends: NativeAddends, start: int) -> None:  # noqa: ARG002
        """Add the rows of a part."""
        np.add(self.weight, np.matmul(x.values.T, addends.dz), out=self.weight)
        np.add(self.bias, np.add.reduce(addends.dz, axis=0), out=self.bias)


class NativeDense:
    """One dense layer: `z = x @ weight + bias` with weight (k, n) and bias (n,), updated in place."""

    def __init__(self, name: str, weight: Floats, bias: Floats, fmt: Format) -> None:
        self.name = name
        self.weight = weight
        self.bias = bias
        self._fmt = fmt
        self._work = Workspace(fmt.dtype)

    def forget_bound(self) -> None:
        """Do nothing: nothing is carried."""

    def forward(self, x: NativeActivation, do: Do = call_now) -> Floats:
        """Return z, shape (m, n)."""
        z = self._work.take("z", x.values.shape[0], self.weight.shape[1])
        do(np.matmul, x.values, self.weight, z)
        do(np.add, z, self.bias, z)
        return z

    def backward(self, dz: Floats, do: Do = call_now) -> Floats:
        """Return the gradient of the layer's input, shape (m, k), for that of its output (m, n)."""
        dx = self._work.take("dx", dz.shape[0], self.weight.shape[0])
        do(np.matmul, dz, self.weight.T, dx)
        return dx

    def update(
        self,
        x: NativeActivation,
        dz: Floats,
        scale: Floats,
        optimizer: Optimizer,
        slots: tuple[Slot, Slot],
        do: Do = call_now,
    ) -> None:
        """Take one optimizer step with the gradients `x.T @ dz * scale` (k, n) and the column sums of `dz * scale`."""
        weight_slot, bias_slot = slots
        gradient, bias_gradient = self._work.take("gradient", *self.weight.shape), np.empty_like(self.bias)
        do(np.matmul, x.values.T, dz, gradient)
        do(np.multiply, gradient, scale, gradient)
        optimizer.update(self.weight, gradient, weight_slot.arrays, do)
        do(np.add.reduce, dz, 0, None, bias_gradient)
        do(np.multiply, bias_gradient, scale, bias_gradient)
        optimizer.update(self.bias, bias_gradient, bias_slot.arrays, do)

    def measure(self, x: NativeActivation, dz: Floats, scale: Floats, do: Do = call_now) -> NativeAddends:  # noqa: ARG002
        """Return what a part of a batch adds to the gradients; nothing has to be agreed on before."""
        return NativeAddends(dz, np.zeros(0, dtype=dz.dtype))

    def begin_sums(self, count: int, magnitudes: Floats) -> NativeSums:  # noqa: ARG002
        """Return empty sums."""
        return NativeSums(weight=np.zeros_like(self.weight), bias=np.zeros_like(self.bias))

    def apply_sums(self, sums: NativeSums, scale: Floats, optimizer: Optimizer, slots: tuple[Slot, Slot]) -> None:
        """Take one optimizer step with the gradients of a batch that came in parts."""
        optimizer.update(self.weight, sums.weight * scale, slots[0].arrays)
        optimizer.update(self.bias, sums.bias * scale, slots[1].arrays)


class NativeArithmetic:
    """What a network needs besides its layers, in plain NumPy of one format."""

    skips_zeros = False

    def __init__(self, fmt: Format) -> None:
        self.fmt = fmt
        self._work = Workspace(fmt.dtype)

    def make_dense(self, name: str, weight: Floats, bias: Floats, *, first: bool) -> NativeDense:  # noqa: ARG002
        """Return a layer around the given arrays, which it will change in place."""
        return NativeDense(name, weight, bias, self.fmt)

    def receive(self, rows: int, columns: int, do: Do = call_now) -> NativeActivation:
        """Return the activation that becomes byte / 256 once bytes (m, k) are copied into its values."""
        values = self._work.take("pixels", rows, columns)
        do(np.multiply, values, self.fmt.dtype(PIXEL_UNIT), values)
        return NativeActivation(values=values)

    def rectify(self, name: str, z: Floats, do: Do = call_now) -> NativeActivation:  # noqa: ARG002
        """Return ReLU of z (m, n), in place."""
        do(np.maximum, z, self.fmt.dtype(0.0), out=z)
        return NativeActivation(values=z)

    def mask(self, dx: Floats, x: NativeActivation, do: Do = call_now) -> Floats:
        """Return dx (m, k) with zeros where the activation was not positive, in place."""
        active = np.empty(x.values.shape, dtype=np.bool_)
        do(np.greater, x.values, 0, active)
        do(np.multiply, dx, active, dx)
        return dx

    def soften(self, z: Floats, do: Do = call_now) -> tuple[Floats, Floats, Floats]:
        """Return (probabilities (m, c), logits less their maximum (m, c), denominators (m, 1)) of a softmax."""
        shifted, terms = np.empty_like(z), np.empty_like(z)
        highest, denominators = np.empty((len(z), 1), dtype=z.dtype), np.empty((len(z), 1), dtype=z.dtype)
        do(np.maximum.reduce, z, 1, None, highest, True)  # noqa: FBT003
        do(np.subtract, z, highest, shifted)
        do(np.exp, shifted, terms)
        do(np.add.reduce, terms, 1, None, denominators, True)  # noqa: FBT003
        do(np.divide, terms, denominators, terms)
        return terms, shifted, denominators

    def wrap(self, gradient: Floats) -> Floats:
        """Return a gradient in the form layers take it: as it is."""
        return gradient

    def average_loss(self, shifted: Floats, denominators: Floats) -> float:
        """Return the mean cross-entropy `log(denominator) - shifted logit of the true class`, both of shape (n,)."""
        return float(np.mean(np.log(denominators.astype(np.float64)) - shifted.astype(np.float64)))
