"""What flows between layers, and what every layer has."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oracle.formats import Format
    from oracle.optimizers import Tensor
    from oracle.weights import Weight

Rows = list[list[float]]
Shape = tuple[int, ...]


class Signal(NamedTuple):
    """An array: for each sample a row of its values in C order.

    Where there are units, a sample has one, or one for each of its equal parts, as exponents of powers of two. Bytes of
    data are whole numbers of 2**-8.
    """

    shape: Shape
    values: Sequence[Sequence[float]]
    exponents: list[list[int]] | None = None
    is_bytes: bool = False

    def multiply_out(self, fmt: Format) -> Rows:
        """Return the values without units."""
        if self.is_bytes:
            return [[x * 2.0**-8 for x in row] for row in self.values]
        if self.exponents is None:
            return [list(row) for row in self.values]
        plain = []
        for row, exponents in zip(self.values, self.exponents, strict=True):
            size = len(row) // len(exponents)
            plain.append(fmt.round([math.ldexp(x, exponents[i // size]) for i, x in enumerate(row)]))
        return plain

    def keep_sample_units(self, fmt: Format) -> Signal:
        """Return a gradient with a unit for each sample, or without; values are multiplied by units of parts."""
        if self.exponents is None or len(self.exponents[0]) == 1:
            return self
        return Signal(self.shape, self.multiply_out(fmt))

    def cut(self, width: int, fmt: Format) -> tuple[Rows, list[int] | None]:
        """Return the values as rows of a width, with a unit for each; values are multiplied by units of other parts."""
        count = math.prod(self.shape) // width
        exponents: list[int] | None = None
        values: Sequence[Sequence[float]] = self.values
        if self.is_bytes:
            exponents = [-8] * (count * len(values))
        elif self.exponents is not None and len(self.exponents[0]) == count:
            exponents = [e for parts in self.exponents for e in parts]
        elif self.exponents is not None:
            values = self.multiply_out(fmt)
        rows = [list(row[i : i + width]) for row in values for i in range(0, len(row), width)]
        return rows, exponents


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What a layer knows of its input: the shape of a sample, and whether it is data, of bytes."""

    shape: Shape
    is_bytes: bool = False
    is_data: bool = False


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What layers know of a batch: the numbers of its samples in the training data, epoch, factor of gradients."""

    seed: int
    training: bool = False
    samples: Sequence[int] = ()
    epoch: int = 0
    factor: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Gradient:
    """The gradient of a parameter, with what its largest entry can be where a grid carries a bound."""

    tensor: Tensor
    values: list[float]
    weight: Weight | None = None
    reach: float = 0.0


class Layer:
    """One layer; it keeps from its forward pass what its backward pass needs."""

    def __init__(self, name: str, inputs: Inputs, fmt: Format) -> None:
        self.name, self.inputs, self.fmt = name, inputs, fmt

    @property
    def outputs(self) -> Inputs:
        """What the next layer knows of its input: without parameters, a layer makes data of data."""
        return Inputs(shape=self.inputs.shape, is_data=self.inputs.is_data and not self.tensors)

    @property
    def tensors(self) -> list[Tensor]:
        """Parameters and running statistics, of inner layers too."""
        return []

    @property
    def weights(self) -> list[Weight]:
        """The weights on grids, of inner layers too."""
        return []

    def forward(self, x: Signal, batch: Batch) -> Signal:
        """Return the output for an input."""
        raise NotImplementedError

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradient of the input, if it is not data, and those of the parameters."""
        raise NotImplementedError
