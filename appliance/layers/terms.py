"""What the samples of a batch add to the gradients of parameters, summed so that no order and no split shows.

Part of bits 2. The addends of all samples are rounded to a grid of each column that the whole batch shares. Two things
are needed of the whole batch, however many parts it comes in: the largest addend of every column, found in any order,
and then the sums, which are exact piece by piece and so do not depend on the order either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from appliance.numerics.formats import F32, count_bits, find_longest
from appliance.numerics.grids import round_by_constant
from appliance.numerics.plans import NOW
from appliance.numerics.products import multiply_exact, stack_pieces
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.numerics.formats import Format, Kind, Pieces
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.signedinteger[Any]]
    DType = type[np.floating[Any]] | np.dtype[np.floating[Any]]

# Column sums over more rows than this are made in float64 in float32 trainings, with addends of 22 bits.
_MOST_ROWS = 4096
# Columns longer than this are read twice rather than copied.
_LONG = 1024
# A weight's gradient is computed, applied and followed by the next rounding in blocks of at most this many entries.
_BLOCK_ENTRIES = 1 << 17


def list_blocks(height: int, width: int) -> Pieces:
    """Cut range(height) into runs of rows of about the same length, with entries that stay in a cache."""
    blocks = max(1, -(-height * width // _BLOCK_ENTRIES))
    block = max(1, -(-height // blocks))
    return tuple((start, min(start + block, height)) for start in range(0, height, block))


class GradientRows(Protocol):
    """A gradient (k, n) that is made some rows at a time, so that it need not be kept."""

    def list_rows(self, start: int, stop: int, out: Floats, do: Do) -> None:
        """Write the rows from start to stop into out."""


class Owner(Protocol):
    """What a term knows of the layer of its parameter: its name in the network, and the format of its parameters."""

    name: str
    fmt: Format


class Term(ABC):
    """The addends (r, n) of one parameter's gradient for the rows of a batch, or of a part of it.

    A sample has one row or more: as many as it has positions. The plan computes the addends, then their magnitudes;
    `choose` and `round` follow when the magnitudes of the whole batch are known.

    Args:
        layer: the layer of the parameter.
        parameter: the name of the parameter, such as "weight".
        addends: (r, n), already multiplied by the scale; they are rounded in place.
        samples: the number of samples that the rows belong to.
        fmt: the format of the addends.

    Attributes:
        layer, parameter, addends: as given.
        magnitudes: (n,); the largest magnitude of every column, at least 2**-cap.
        largest: the largest magnitude of all columns, after `check`.
        growth: what the largest is multiplied by to bound the entries of the gradient, by rounding and by the number
            of addends of the whole batch; set by `choose`.
        rows_per_sample: r divided by the number of samples.
    """

    def __init__(self, layer: Owner, parameter: str, addends: Floats, samples: int, fmt: Format) -> None:
        self.layer = layer
        self.parameter = parameter
        self.addends = addends
        self.largest = 0.0
        self.rows_per_sample = len(addends) // samples
        self.magnitudes = np.empty(addends.shape[1], dtype=fmt.dtype)
        self._peak = np.empty((), dtype=fmt.dtype)
        self._cap = 2.0**fmt.exponent_cap
        self.growth = (1.0, 1.0)
        self._fmt = fmt
        self._constants = np.empty(addends.shape[1], dtype=fmt.dtype)
        self._factor = 1.0

    @property
    @abstractmethod
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient."""

    @abstractmethod
    def find_bits(self, rows: int) -> int:
        """Return the bits of rounded addends, for a whole batch of so many rows."""

    def measure(self, do: Do, spare: Floats | None = None) -> None:
        """Compute the magnitudes; spare is scratch of the addends' shape."""
        if len(self.addends) > _LONG and self.addends.strides[0] == self.addends.itemsize:
            self._measure_columns(do)
            return
        spare = np.empty_like(self.addends) if spare is None else spare
        whole = self._fmt.bit_type
        do("abs", self.addends, spare)
        do(
            "maximum.reduce",
            spare.view(whole),
            0,
            None,
            self.magnitudes.view(whole),
            False,  # noqa: FBT003
            self._fmt.smallest_pattern,
        )
        do("maximum.reduce", self.magnitudes, 0, None, self._peak)

    def _measure_columns(self, do: Do) -> None:
        """Compute the magnitudes of columns that are long and lie one after the other, without scratch."""
        lowest, smallest = np.empty_like(self.magnitudes), self._fmt.dtype(2.0**-self._fmt.exponent_cap)
        do("maximum.reduce", self.addends, 0, None, self.magnitudes, False, smallest)  # noqa: FBT003
        do("minimum.reduce", self.addends, 0, None, lowest)
        do("multiply", lowest, lowest.dtype.type(-1.0), lowest)
        do("maximum", self.magnitudes, lowest, out=self.magnitudes)
        do("maximum.reduce", self.magnitudes, 0, None, self._peak)

    def widen(self, magnitudes: Floats) -> None:
        """Take over the magnitudes of the whole batch, (n,)."""
        np.copyto(self.magnitudes, magnitudes)
        self.find_peak(NOW)

    def find_peak(self, do: Do) -> None:
        """Find the largest magnitude again, after magnitudes were taken over."""
        do("maximum.reduce", self.magnitudes, 0, None, self._peak, False, 0.0)  # noqa: FBT003

    def check(self) -> None:
        """Return if every magnitude is in range.

        Raises:
            NonFiniteError: one of them is NaN, infinite or at least 2**cap.
        """
        self.largest = largest = self._peak.item()
        if not largest < self._cap:
            raise NonFiniteError(
                "a value is out of the range of portable arithmetic", expected=f"below {self._cap}", found=largest
            )

    def find_growth(self, samples: int) -> tuple[float, float]:
        """Return by which factors an entry of the gradient of so many samples can exceed the largest addend."""
        bits = self.find_bits(samples * self.rows_per_sample)
        return 1.0 + 2.0 ** (1 - bits), self.count_units(samples)

    def choose(self, samples: int, do: Do) -> None:
        """Compute every column's rounding constant from its magnitude, for a batch of so many samples.

        The unit of a column of magnitude m is `2**(floor(log2 m) + 1 - bits)`, so that the column has at most 2**bits.
        """
        bits, patterns = self.find_bits(samples * self.rows_per_sample), self._constants.view(self._fmt.bit_type)
        self.growth = self.find_growth(samples)
        do("bitwise_and", self.magnitudes.view(self._fmt.bit_type), self._fmt.exponent_mask, patterns)
        do("multiply", self._constants, self._fmt.dtype(1.5 * 2.0 ** (self._fmt.significand - bits)), self._constants)

    def round(self, do: Do) -> None:
        """Round the addends in place."""
        round_by_constant(self.addends, self._constants, self.addends, do)

    @abstractmethod
    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient, of the parameter's shape, of a batch that is whole; the addends are rounded."""

    def count_units(self, samples: int) -> float:
        """Return how many times the largest addend an entry of the gradient of so many samples can be."""
        return float(samples * self.rows_per_sample)

    @property
    def bound(self) -> float:
        """A bound for the entries of the gradient, after `choose` and `check`."""
        return self.largest * self.growth[0] * self.growth[1]

    def scale(self, do: Do) -> None:
        """Turn the rounded addends into whole numbers of the units of their columns, which are powers of two."""
        inverses = np.empty_like(self._constants)
        do("divide", self._fmt.dtype(1.5 * 2.0 ** (self._fmt.significand - 1)), self._constants, inverses)
        do("multiply", self.addends, inverses, self.addends)

    def find_units(self) -> Floats:
        """Return the unit of every column (n,), float64, after `choose`."""
        return self._constants.astype(np.float64) / (1.5 * 2.0 ** (self._fmt.significand - 1))

    def list_units(self, dtype: DType, do: Do) -> Floats:
        """Return what sums of whole numbers are multiplied by to be the gradient: (n,), powers of two."""
        units = np.empty(self._constants.shape, dtype=dtype)
        constant = 1.5 * 2.0 ** (self._fmt.significand - 1) / self._factor
        do("divide", self._constants, self._fmt.dtype(constant), units)
        return units

    def find_largest_sum(self, samples: int, whole: int) -> int:
        """Return how many units an entry of the sums over `samples` of the `whole` batch can be."""
        return int(self.count_units(samples)) << self.find_bits(whole * self.rows_per_sample)

    def count_sums(self, samples: int) -> int:  # noqa: ARG002 - for terms that override it
        """Return how many sums the gradient of so many samples is added up from, in order."""
        return 1

    @abstractmethod
    def find_sums(self, samples: int, do: Do) -> list[Floats]:
        """Return the exact sums of the rounded addends of a part of a batch, each of the gradient's shape.

        Args:
            samples: in the whole batch.
            do: carries out the operations, or lists them.
        """

    def list_integers(self, places: Sequence[Integers], samples: int, do: Do) -> None:
        """Write `find_sums` of addends that are whole numbers into integers."""
        for place, found in zip(places, self.find_sums(samples, do), strict=True):
            do("copyto", place, found, casting="unsafe")

    def begin(self, samples: int, do: Do) -> Total:
        """Return an empty total for a batch of so many samples in parts; `do` carries out its products at once."""
        return Total(self, samples, do)


class Total:
    """One parameter's gradient over a whole batch, added up from its parts in any order.

    Args:
        term: one of its parts.
        samples: in the whole batch.
        do: carries out operations at once.

    Attributes:
        sums: exact sums of parts, float64, in units of their columns, the last axis; `finish` adds them up in order.
    """

    def __init__(self, term: Term, samples: int, do: Do) -> None:
        self._term = term
        self._samples = samples
        self._do = do
        self.sums = [np.zeros(term.shape) for _ in range(term.count_sums(samples))]

    def add(self, term: Term) -> None:
        """Add the rounded addends of a part."""
        for own, found in zip(self.sums, term.find_sums(self._samples, self._do), strict=True):
            np.add(own, found, out=own)

    def finish(self) -> Floats:
        """Return the gradient, of the parameter's shape."""
        total = self.sums[0]
        for more in self.sums[1:]:
            np.add(total, more, out=total)
        gradient = total.astype(self._term.layer.fmt.dtype)
        factor = self._term._factor  # noqa: SLF001 - its own term
        return gradient if factor == 1.0 else gradient * gradient.dtype.type(factor)


class ProductTerm(Term):
    """The gradient `operand.T @ addends` (k, n) of a weight.

    Args:
        operand: (r, k), whole numbers of at most 2**bits, in the format of the products.
        bits: the size of the operand.
        kind: the kind of products.
    """

    def __init__(
        self,
        layer: Owner,
        parameter: str,
        addends: Floats,
        samples: int,
        *,
        operand: Floats,
        bits: int,
        kind: Kind,
    ) -> None:
        super().__init__(layer, parameter, addends, samples, kind.fmt)
        self.operand = operand
        self.kind = kind
        self.bits = bits

    def find_bits(self, rows: int) -> int:
        """Return the bits that keep products of pieces exact."""
        return self.kind.find_row_bits(rows, self.bits)

    def count_units(self, samples: int) -> float:
        """Return how many times the largest addend an entry of the gradient of so many samples can be."""
        return super().count_units(samples) * 2.0**self.bits

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient (k, n)."""
        return self.operand.shape[1], self.addends.shape[1]

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient (k, n)."""
        gradient = np.empty(self.shape, dtype=self.layer.fmt.dtype)
        self.list_rows(0, len(gradient), gradient, do)
        return gradient

    def find_sums(self, samples: int, do: Do) -> list[Floats]:
        """Return the product, in float64 where the part has rows for several pieces of the whole batch.

        The sum of pieces is exact, so that they may be any rows of the same number.
        """
        pieces = self._cut(samples)
        total = np.empty(self.shape, dtype=self._find_type(pieces))
        multiply_pieces(self.operand.T, self.addends, pieces, total, do)
        return [total]

    def list_integers(self, places: Sequence[Integers], samples: int, do: Do) -> None:
        """Write `find_sums` of addends that are whole numbers into integers, block by block."""
        pieces, blocks = self._cut(samples), list_blocks(*self.shape)
        product = np.empty((find_longest(blocks), self.addends.shape[1]), dtype=self._find_type(pieces))
        for start, stop in blocks:
            found = product[: stop - start]
            multiply_pieces(self.operand.T[start:stop], self.addends, pieces, found, do)
            do("copyto", places[0][start:stop], found, casting="unsafe")

    def list_rows(self, start: int, stop: int, out: Floats, do: Do) -> None:
        """Write some rows of the gradient of a batch that is whole into out."""
        pieces = self.kind.split_rows(len(self.addends))
        multiply_pieces(self.operand.T[start:stop], self.addends, pieces, out, do)

    def _cut(self, samples: int) -> Pieces:
        """Cut the rows of this part into pieces that are no longer than those of the whole batch."""
        rows, longest = len(self.addends), find_longest(self.kind.split_rows(samples * self.rows_per_sample))
        return tuple((start, min(start + longest, rows)) for start in range(0, rows, longest))

    def _find_type(self, pieces: Pieces) -> DType:
        """Return the type in which the sum over these pieces is exact."""
        return self.kind.fmt.dtype if len(pieces) == 1 else np.float64


def multiply_pieces(left: Floats, right: Floats, pieces: Pieces, out: Floats, do: Do = NOW) -> None:
    """Write `left @ right` into out (k, n): the exact sum of exact products of pieces, rounded once to out's type.

    Args:
        left: (k, r), whole numbers.
        right: (r, n), on the grids of its columns.
        pieces: they cut range(r); inside each every partial sum is exact. More than one only in float32.
        out: receives the gradient.
        do: carries out the operations, or lists them.
    """
    if len(pieces) == 1:
        product = out if out.dtype == left.dtype else np.empty(out.shape, dtype=left.dtype)
        multiply_exact(left, right, pieces, product, None, do)
        if product is not out:
            do("copyto", out, product)
        return
    size, (start, stop) = pieces[0][1], pieces[-1]
    equal = len(pieces) - (stop - start < size)
    stack = np.empty((len(pieces), *out.shape), dtype=left.dtype)
    do("matmul", stack_pieces(left.T, equal, size).transpose(0, 2, 1), stack_pieces(right, equal, size), stack[:equal])
    if equal < len(pieces):
        multiply_exact(left[:, start:stop], right[start:stop], ((0, stop - start),), stack[-1], None, do)
    do("copyto", out, add_pieces(stack, do))


def add_pieces(stack: Floats, do: Do) -> Floats:
    """Return the sum in float64 of stack (count, k, n), float32, over its pieces.

    They are whole numbers of 24 bits, so that the sum is exact and its order free.
    """
    total = np.empty(stack.shape[1:], dtype=np.float64)
    do("add.reduce", stack.reshape(len(stack), -1), 0, np.float64, total.reshape(-1))
    return total


class ColumnTerm(Term):
    """The gradient of a parameter (n,) as column sums of addends (r, n).

    Args:
        factor: an exact power of two that the sums are multiplied by.
        shared: the term of a product whose addends these are; they are measured and rounded there.
    """

    def __init__(
        self,
        layer: Owner,
        parameter: str,
        addends: Floats,
        samples: int,
        *,
        factor: float = 1.0,
        shared: Term | None = None,
    ) -> None:
        fmt = layer.fmt if shared is None else shared._fmt  # noqa: SLF001 - of one class
        super().__init__(layer, parameter, addends, samples, fmt)
        self._factor = factor
        self._shared = shared
        if shared is not None:
            self.magnitudes, self._peak = shared.magnitudes, shared._peak  # noqa: SLF001 - of one class
            self._constants = shared._constants  # noqa: SLF001 - of one class

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient (n,)."""
        return self.addends.shape[1:]

    def find_bits(self, rows: int) -> int:
        """Return the bits that keep column sums exact."""
        significand = self._fmt.significand
        if self._fmt is F32 and rows > _MOST_ROWS:
            return significand - 2
        return min(significand - count_bits(rows), significand - 2)

    def measure(self, do: Do, spare: Floats | None = None) -> None:
        """Compute the magnitudes, unless they are shared."""
        if self._shared is None:
            super().measure(do, spare)

    def find_peak(self, do: Do) -> None:
        """Find the largest magnitude again, unless it is shared."""
        if self._shared is None:
            super().find_peak(do)

    def choose(self, samples: int, do: Do) -> None:
        """Compute the constants, unless they are shared."""
        if self._shared is None:
            super().choose(samples, do)

    def round(self, do: Do) -> None:
        """Round the addends, unless they are shared."""
        if self._shared is None:
            super().round(do)

    def scale(self, do: Do) -> None:
        """Turn the addends into whole numbers, unless they are shared."""
        if self._shared is None:
            super().scale(do)

    def find_largest_sum(self, samples: int, whole: int) -> int:
        """Return how many units an entry of the sums over `samples` of the `whole` batch can be."""
        term = self if self._shared is None else self._shared
        return int(self.count_units(samples)) << term.find_bits(whole * self.rows_per_sample)

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient (n,)."""
        gradient = np.empty(self.shape, dtype=self.layer.fmt.dtype)
        total = self._add_rows(len(self.addends), gradient, do)
        if total is not gradient:
            do("copyto", gradient, total)
        if self._factor != 1.0:
            do("multiply", gradient, gradient.dtype.type(self._factor), gradient)
        return gradient

    def _add_rows(self, rows: int, out: Floats, do: Do) -> Floats:
        """Return the sums of addends of a batch of so many rows: out, or float64 where out's type is not enough."""
        if self.addends.dtype != out.dtype or (self._fmt is F32 and rows > _MOST_ROWS):
            out = np.empty(self.shape, dtype=np.float64)
        do("add.reduce", self.addends, 0, out.dtype.type, out)
        return out

    def find_sums(self, samples: int, do: Do) -> list[Floats]:
        """Return the sums (n,)."""
        return [self._add_rows(samples * self.rows_per_sample, np.empty(self.shape, dtype=self.addends.dtype), do)]


class NativeTerm(Term):
    """A gradient in plain NumPy: nothing is rounded to a grid.

    Args:
        operand: (r, k) for the product `operand.T @ addends`; None for column sums.
    """

    def __init__(
        self, layer: Owner, parameter: str, addends: Floats, samples: int, *, operand: Floats | None = None
    ) -> None:
        super().__init__(layer, parameter, addends, samples, layer.fmt)
        self.operand = operand
        self.magnitudes = np.zeros(0, dtype=layer.fmt.dtype)

    def find_bits(self, rows: int) -> int:  # noqa: ARG002 - no grid
        """Return the bits of the format."""
        return self._fmt.significand

    def measure(self, do: Do, spare: Floats | None = None) -> None:
        """Do nothing."""

    def check(self) -> None:
        """Do nothing."""

    def choose(self, samples: int, do: Do) -> None:
        """Do nothing."""

    def round(self, do: Do) -> None:
        """Do nothing."""

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient."""
        if self.operand is None:
            gradient = np.empty(self.addends.shape[1], dtype=self.addends.dtype)
            do("add.reduce", self.addends, 0, None, gradient)
        else:
            gradient = np.empty((self.operand.shape[1], self.addends.shape[1]), dtype=self.addends.dtype)
            do("matmul", self.operand.T, self.addends, gradient)
        return gradient

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient."""
        return self.addends.shape[1:] if self.operand is None else (self.operand.shape[1], self.addends.shape[1])

    def count_sums(self, samples: int) -> int:  # noqa: ARG002 - nothing is agreed on before
        """Return 0: nothing is exact."""
        return 0

    def find_sums(self, samples: int, do: Do) -> list[Floats]:  # noqa: ARG002 - nothing is agreed on before
        """Return the gradient of the part."""
        return [self.find_gradient(do)]

    def begin(self, samples: int, do: Do) -> Total:
        """Return an empty total."""
        return _NativeTotal(self, samples, do)


class _NativeTotal(Total):
    """A gradient that is added up part by part; each addition is rounded."""

    def __init__(self, term: Term, samples: int, do: Do) -> None:
        super().__init__(term, samples, do)
        self._sum: Any = 0.0

    def add(self, term: Term) -> None:
        """Add a part."""
        self._sum = self._sum + term.find_gradient(NOW)

    def finish(self) -> Floats:
        """Return the gradient."""
        return np.asarray(self._sum, dtype=self._term.addends.dtype)
