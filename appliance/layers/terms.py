"""What the samples of a batch add to the gradients of parameters, summed so that no order and no split shows.

Part of bits 2. The addends of all samples are rounded to a grid of each column that the whole batch shares. Two things
are needed of the whole batch, however many parts it comes in: the largest addend of every column, found in any order,
and then the sums, which are exact piece by piece and so do not depend on the order either.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from appliance.numerics.grids import round_by_constant
from appliance.numerics.plans import NOW
from verify.errors import NonFiniteError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.numerics.formats import Format
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.signedinteger[Any]]
    DType = type[np.floating[Any]] | np.dtype[np.floating[Any]]

# Columns longer than this are read twice rather than copied.
_LONG = 1024


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
