"""What the samples of a batch add to the gradient of a weight, as a product of whole numbers in exact pieces.

Part of bits 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from appliance.layers.terms import Term
from appliance.numerics.formats import find_longest
from appliance.numerics.plans import NOW
from appliance.numerics.products import multiply_exact, stack_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from appliance.layers.terms import Owner
    from appliance.numerics.formats import Kind, Pieces
    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.signedinteger[Any]]
    DType = type[np.floating[Any]] | np.dtype[np.floating[Any]]


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
