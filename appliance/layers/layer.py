"""The protocol of a layer: what flows through it, what it owns, what a training step asks of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

import attrs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do, Plan
    from appliance.optimizers.optimizer import Optimizer, Slot

    Floats = NDArray[np.floating[Any]]
    Indices = NDArray[np.intp]
    Arrays = dict[str, NDArray[Any]]


class Signal(NamedTuple):
    """An array that flows between layers, forward or backward, one row for each sample.

    Attributes:
        values: shape (m, ...).
        units: None for plain values. Otherwise the array is `values * units`, with powers of two of shape () or (m, 1);
            going forward, values are then whole numbers, ready for an exact product.
        limit: upper bound of |values|, where one is known.
    """

    values: Floats
    units: Floats | None = None
    limit: float | None = None


class Addends(NamedTuple):
    """What the rows of a batch, or of a part of it, add to the gradients of a layer's parameters.

    Attributes:
        operand: the layer's input as its products read it.
        weight: (m, n); the weight's gradient is the operand (k, m) times this.
        bias: (m, n); the bias's gradient is the column sums of this. None where they follow from `weight`.
        magnitudes: the largest absolute value of each, or an upper bound; empty where the arithmetic needs none.
    """

    operand: Signal
    weight: Floats
    bias: Floats | None
    magnitudes: Floats


class Sums(ABC):
    """The gradients of a layer's parameters over a whole batch, added up from its parts in any order."""

    @abstractmethod
    def add(self, addends: Addends, start: int) -> None:
        """Add a part of the batch: the addends of its rows, the first of which is row `start` of the batch."""

    @abstractmethod
    def total(self) -> dict[str, Floats]:
        """Return the gradient of each parameter by its name."""


@attrs.frozen(kw_only=True, eq=False)
class Updater:
    """The update rule of a training with its state for one layer: a slot for each parameter, by its name."""

    optimizer: Optimizer
    slots: dict[str, Slot]


@attrs.frozen(kw_only=True)
class InputSpec:
    """What a layer can know of its input before any sample is there.

    Attributes:
        shape: of one sample.
        bits: the size of the whole numbers that the input consists of; None for plain values.
        is_data: the input comes from the data set: no gradient is passed on to it.
    """

    shape: tuple[int, ...]
    bits: int | None
    is_data: bool = False


class Layer(ABC):
    """One layer of a network.

    The base class is a layer without parameters; a layer with parameters overrides the methods that speak of them.
    All methods that take a plan list their operations there; the arrays that they return are computed when it runs.

    Args:
        name: as in reports, such as "dense_1".
        fmt: the number format.
    """

    def __init__(self, name: str, fmt: Format) -> None:
        self.name = name
        self.fmt = fmt

    def prepare(self, plan: Plan) -> None:  # noqa: B027 - nothing to do without parameters
        """List what makes the parameters ready for `forward` and `backward`."""

    @abstractmethod
    def forward(self, x: Signal, plan: Plan) -> Signal:
        """Return the output for an input; a row of it depends on no other row."""

    @abstractmethod
    def backward(self, x: Signal, y: Signal, dy: Signal, plan: Plan) -> Signal:
        """Return the gradient of the input x, from the output y of `forward` and the gradient dy of it.

        It is listed before `update`, with the parameters of the forward pass.
        """

    def parameters(self) -> dict[str, Floats]:
        """Return the parameters by name, such as "weight"; a layer changes them in place only."""
        return {}

    def update(  # noqa: B027 - nothing to do without parameters
        self, x: Signal, dy: Signal, scale: Floats, updater: Updater, plan: Plan
    ) -> None:
        """Take one optimizer step with the gradients of a batch, multiplied by `scale`, shape (), read at the step.

        The operations raise NonFiniteError when dy holds a NaN, an infinity or a value out of range.
        """

    def measure(self, x: Signal, dy: Signal, scale: Floats, plan: Plan) -> Addends | None:  # noqa: ARG002
        """Return what a part of a batch adds to the gradients; None without parameters."""
        return None

    def begin_sums(self, count: int, magnitudes: Floats, do: Do) -> Sums:
        """Return empty sums for a batch of `count` samples whose addends have at most these magnitudes.

        `do` carries out their operations at once.
        """
        raise NotImplementedError(f"{self.name} has no parameters")

    def apply_sums(self, sums: Sums, scale: Floats, updater: Updater) -> None:
        """Take the optimizer step of `update` with sums over a batch that came in parts."""
        raise NotImplementedError(f"{self.name} has no parameters")

    def reset_bounds(self) -> None:  # noqa: B027 - no bound is carried without parameters
        """Drop the carried magnitude bounds; they are measured again at the next use."""

    def capture(self) -> Arrays:
        """Return copies of what the layer carries from step to step besides its parameters, by name."""
        return {}

    def restore(self, arrays: Arrays) -> None:  # noqa: B027 - nothing is carried without parameters
        """Take over what `capture` returned, after the parameters were changed in place."""

    @property
    def skips_zero_inputs(self) -> bool:
        """Whether `select_inputs` changes no bit when all other inputs are zero in every sample."""
        return False

    def select_inputs(self, columns: Indices, updater: Updater) -> None:
        """Compute on these input columns only, ascending, until `release_inputs`.

        The arrays of the parameters are other ones until then, so plans have to be made again.
        """
        raise NotImplementedError(f"{self.name} needs all its inputs")

    def release_inputs(self, updater: Updater) -> None:
        """Compute on all inputs again."""
        raise NotImplementedError(f"{self.name} needs all its inputs")
