"""The protocol of a layer: what flows through it, what it owns, what a training step asks of it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import attrs

from appliance.numerics.exchange import ALONE
from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from appliance.layers.product_terms import GradientRows
    from appliance.layers.terms import Term
    from appliance.numerics.exchange import Exchange
    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do, Plan
    from appliance.optimizers.optimizer import Optimizer, Slot

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.int64]
    Indices = NDArray[np.intp]
    Arrays = dict[str, NDArray[Any]]

_Kept = TypeVar("_Kept")


class Signal(NamedTuple):
    """An array that flows between layers, forward or backward.

    Attributes:
        values: shape (m, ...), one entry of the first axis for each sample, in any memory layout.
        units: None for plain values. Otherwise the array is `values * units`, with powers of two of a shape that
            broadcasts: () or (m, 1, ..., 1). Going forward only the data set's bytes have a unit, and then values are
            whole numbers, ready for an exact product.
        nonnegative: whether no entry is negative or -0.
    """

    values: Floats
    units: Floats | None = None
    nonnegative: bool = False


@attrs.frozen(kw_only=True)
class InputSpec:
    """What a layer can know of its input before any sample is there.

    Attributes:
        shape: of one sample: (k,) for features, (p, k) for p positions, (c, h, w) for an image.
        bits: the size of the whole numbers that the input consists of; None for plain values.
        is_data: the input comes from the data set by way of layers without parameters: no gradient is passed on to it.
    """

    shape: tuple[int, ...]
    bits: int | None = None
    is_data: bool = False

    @property
    def size(self) -> int:
        """The number of values of one sample."""
        return math.prod(self.shape)


@attrs.frozen(kw_only=True, eq=False)
class Batch:
    """One planned pass: what its layers may know of the batch, and where they keep what their backward pass needs.

    Attributes:
        rows: the number of samples, m.
        whole: the number of samples of the batch that these are a part of; m for a batch in one piece.
        exchange: with the workers that have the other parts.
        training: whether this is a step of a training; False for a prediction.
        samples: (m,); the numbers of the samples in the training data, read when the plan runs.
        epoch: shape (); the number of the epoch, counted from 1, read when the plan runs.
        scale: shape (); what gradients are multiplied by, read when the plan runs.
    """

    rows: int
    training: bool
    samples: Integers
    epoch: Integers
    scale: Floats
    whole: int = attrs.field(default=attrs.Factory(lambda self: self.rows, takes_self=True))
    exchange: Exchange = ALONE
    _kept: dict[str, object] = attrs.field(factory=dict, alias="kept")

    def keep(self, name: str, value: object) -> None:
        """Keep arrays of a layer's forward pass under the layer's name."""
        self._kept[name] = value

    def recall(self, name: str, kind: type[_Kept]) -> _Kept:
        """Return what `keep` was given under that name.

        Raises:
            UsageError: nothing of this kind was kept.
        """
        kept = self._kept.get(name)
        if not isinstance(kept, kind):
            raise UsageError("the forward pass of a layer kept nothing for its backward pass", where=name)
        return kept


class Backward(NamedTuple):
    """What a layer's backward pass gives.

    Attributes:
        input: the gradient of the layer's input; None where the input is data.
        terms: what the batch adds to the gradient of each parameter of this layer and of the layers inside it.
    """

    input: Signal | None
    terms: list[Term]


@attrs.frozen(kw_only=True, eq=False)
class Updater:
    """The update rule of a training with its state for one layer: a slot for each parameter, by its name."""

    optimizer: Optimizer
    slots: dict[str, Slot]


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
    def forward(self, x: Signal, batch: Batch, plan: Plan) -> Signal:
        """Return the output for an input; except in batch normalisation, no sample depends on another one."""

    @abstractmethod
    def backward(self, x: Signal, y: Signal, dy: Signal, batch: Batch, plan: Plan) -> Backward:
        """Return the gradient of the input x, from the output y of `forward` and the gradient dy of it.

        It is listed before the parameters are updated. Arrays of x, y and dy may be overwritten.
        """

    def parameters(self) -> dict[str, Floats]:
        """Return the parameters by name, such as "weight"; a layer changes them in place only."""
        return {}

    def buffers(self) -> dict[str, Floats]:
        """Return arrays that the forward passes of a training change, by name; they belong to the weights, too."""
        return {}

    @property
    def layers(self) -> Sequence[Layer]:
        """The layers inside this one."""
        return ()

    @property
    def depends_on_mode(self) -> bool:
        """Whether the forward pass of a training differs from that of a prediction."""
        return any(layer.depends_on_mode for layer in self.layers)

    @property
    def needs_whole_batch(self) -> bool:
        """Whether samples of a batch depend on each other, so that it cannot be taken in parts."""
        return any(layer.needs_whole_batch for layer in self.layers)

    def fuses(self, term: Term) -> bool:  # noqa: ARG002 - for layers that override it
        """Whether `apply_term` computes and applies the gradient of this term together."""
        return False

    def apply_term(self, term: Term, updater: Updater, plan: Plan, joined: GradientRows | None = None) -> None:
        """List the optimizer's step for one parameter.

        The gradient is that of the term, whose addends are rounded, or the one that all workers have joined.
        """
        raise NotImplementedError(f"{self.name} does not fuse the step of {term.parameter}")

    def apply_gradient(self, name: str, gradient: Floats, updater: Updater, do: Do) -> None:
        """Take the optimizer's step for one parameter with its gradient, which is overwritten."""
        updater.optimizer.update(self.parameters()[name], gradient, updater.slots[name].arrays, do)

    def widen(self, term: Term, updater: Updater) -> None:  # noqa: B027 - no bound is carried without parameters
        """Take note of the largest possible step of a parameter, before it is taken."""

    def reset_bounds(self) -> None:  # noqa: B027 - no bound is carried without parameters
        """Drop the carried magnitude bounds; they are measured again at the next use."""

    def capture(self) -> Arrays:
        """Return copies of what the layer carries from step to step besides parameters and buffers, by name."""
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


def walk(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Yield layers and the layers inside them, each before its inner ones, in forward order."""
    for layer in layers:
        yield layer
        yield from walk(layer.layers)
