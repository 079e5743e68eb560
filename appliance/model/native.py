"""Dense layers in plain NumPy: fast anywhere, the same bits only on the same machine and software."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.model.workspace import Workspace
from appliance.numerics.formats import PIXEL_UNIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from appliance.model.optimizers import Optimizer, Slot
    from appliance.numerics.formats import Format

    Floats = NDArray[np.floating[Any]]


@attrs.frozen(kw_only=True, eq=False)
class NativeActivation:
    """What a layer reads: plain values (m, k)."""

    values: Floats


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

    def forward(self, x: NativeActivation) -> Floats:
        """Return z, shape (m, n)."""
        z = np.matmul(x.values, self.weight, out=self._work.take("z", x.values.shape[0], self.weight.shape[1]))
        return np.add(z, self.bias, out=z)

    def backward(self, dz: Floats) -> Floats:
        """Return the gradient of the layer's input, shape (m, k), for that of its output (m, n)."""
        return np.matmul(dz, self.weight.T, out=self._work.take("dx", dz.shape[0], self.weight.shape[0]))

    def update(
        self, x: NativeActivation, dz: Floats, scale: float, optimizer: Optimizer, slots: tuple[Slot, Slot]
    ) -> None:
        """Take one optimizer step with the gradients `x.T @ dz * scale` (k, n) and the column sums of `dz * scale`."""
        weight_slot, bias_slot = slots
        factor = self._fmt.dtype(scale)
        gradient = np.matmul(x.values.T, dz, out=self._work.take("gradient", *self.weight.shape))
        np.multiply(gradient, factor, out=gradient)
        optimizer.update(self.weight, gradient, weight_slot.arrays)
        optimizer.update(self.bias, dz.sum(axis=0) * factor, bias_slot.arrays)


class NativeArithmetic:
    """What a network needs besides its layers, in plain NumPy of one format."""

    skips_zeros = False

    def __init__(self, fmt: Format) -> None:
        self.fmt = fmt
        self._work = Workspace(fmt.dtype)

    def make_dense(self, name: str, weight: Floats, bias: Floats, *, first: bool) -> NativeDense:  # noqa: ARG002
        """Return a layer around the given arrays, which it will change in place."""
        return NativeDense(name, weight, bias, self.fmt)

    def encode(self, pixels: NDArray[np.uint8]) -> NativeActivation:
        """Return bytes (m, k) as byte / 256."""
        values = self._work.take("pixels", *pixels.shape)
        np.copyto(values, pixels)
        return NativeActivation(values=np.multiply(values, self.fmt.dtype(PIXEL_UNIT), out=values))

    def rectify(self, name: str, z: Floats) -> NativeActivation:  # noqa: ARG002
        """Return ReLU of z (m, n), in place."""
        return NativeActivation(values=np.maximum(z, self.fmt.dtype(0.0), out=z))

    def mask(self, dx: Floats, x: NativeActivation) -> Floats:
        """Return dx (m, k) with zeros where the activation was not positive, in place."""
        return np.multiply(dx, x.values > 0, out=dx)

    def soften(self, z: Floats) -> tuple[Floats, Floats, Floats]:
        """Return (probabilities (m, c), logits less their maximum (m, c), denominators (m, 1)) of a softmax."""
        shifted = z - z.max(axis=1, keepdims=True)
        terms = np.exp(shifted)
        denominators = terms.sum(axis=1, keepdims=True)
        return np.divide(terms, denominators, out=terms), shifted, denominators

    def wrap(self, gradient: Floats) -> Floats:
        """Return a gradient in the form layers take it: as it is."""
        return gradient

    def average_loss(self, shifted: Floats, denominators: Floats) -> float:
        """Return the mean cross-entropy `log(denominator) - shifted logit of the true class`, both of shape (n,)."""
        return float(np.mean(np.log(denominators.astype(np.float64)) - shifted.astype(np.float64)))
