"""The gradient of a convolution's weight: what the window saw times the output's gradient, over all pixels and samples.

Part of bits 2. The rows of this product are cut into pieces of whole output rows, or of parts of an output row, always
with the same pixels of all samples. So a part of a batch adds to every piece, and no order of the samples can show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from appliance.layers.native_terms import NativeTerm
from appliance.layers.product_terms import add_pieces
from appliance.layers.terms import Term
from appliance.numerics.formats import F32, find_longest
from appliance.numerics.products import multiply_exact, stack_pieces
from appliance.numerics.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.layers.layer import Floats, Layer
    from appliance.layers.patches import Patches
    from appliance.numerics.formats import Kind, Pieces
    from appliance.numerics.plans import Do


class Cut(NamedTuple):
    """How the rows of a gradient's product are cut into pieces.

    Attributes:
        rows: whole output rows in a piece; 1 where output rows are cut themselves.
        columns: the parts of an output row.
        samples: the parts of a batch.
        longest: the number of terms in the longest piece.
    """

    rows: int
    columns: Pieces
    samples: Pieces
    longest: int


def cut_rows(outputs: tuple[int, int], samples: int, kind: Kind) -> Cut:
    """Return how the rows of a batch of so many samples are cut, for outputs of some height and width."""
    height, width = outputs
    parts = kind.split_rows(samples)
    pixels = max(1, kind.rows // find_longest(parts))
    if pixels < width:
        size = -(-width // -(-width // pixels))
        columns = tuple((start, min(start + size, width)) for start in range(0, width, size))
        return Cut(1, columns, parts, size * find_longest(parts))
    rows = min(pixels // width, height)
    rows = -(-height // -(-height // rows))
    return Cut(rows, ((0, width),), parts, rows * width * find_longest(parts))


class PatchTerm(Term):
    """The gradient (k, n) of the weight of a convolution.

    Args:
        layer: the convolution.
        addends: (r, n), in memory (n, r).
        patches: what the window saw: the left operand (r, k), whole numbers of at most 2**bits.
        bits: their size.
        kind: the kind of products.
    """

    def __init__(self, layer: Layer, addends: Floats, patches: Patches, *, bits: int, kind: Kind) -> None:
        super().__init__(layer, "weight", addends, patches.samples, kind.fmt)
        self.kind = kind
        self._patches = patches
        self._bits = bits

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient (k, n)."""
        return self._patches.length, self.addends.shape[1]

    def cut(self, samples: int) -> Cut:
        """Return how the rows of a batch of so many samples are cut."""
        return cut_rows(self._patches.outputs, samples, self.kind)

    def find_bits(self, rows: int) -> int:
        """Return the bits that keep products of pieces exact."""
        return self.kind.find_row_bits(self.cut(rows // self.rows_per_sample).longest, self._bits)

    def count_units(self, samples: int) -> float:
        """Return how many times the largest addend an entry of the gradient of so many samples can be."""
        return super().count_units(samples) * 2.0**self._bits

    def find_largest_sum(self, samples: int, whole: int) -> int:
        """Return how many units an entry of the sums over `samples` of the `whole` batch can be."""
        if self.kind.fmt is F32:
            return super().find_largest_sum(samples, whole)
        return self.cut(whole).longest << self._bits + self.find_bits(whole * self.rows_per_sample)

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient (k, n)."""
        gradient = np.empty(self.shape, dtype=self.layer.fmt.dtype)
        fast = self.kind.fmt is F32
        do("copyto", gradient, self._sum_fast(self._patches.samples, do) if fast else self._sum_in_order(do))
        return gradient

    def _sum_fast(self, samples: int, do: Do) -> Floats:
        """Return the sum of all pieces, float64 if there are several; exact, so they may be any rows of that number."""
        stack = self.multiply_runs(samples, do)
        return stack[0] if len(stack) == 1 else add_pieces(stack, do)

    def count_sums(self, samples: int) -> int:
        """Return the number of pieces; in float32 their sum is exact."""
        return 1 if self.kind.fmt is F32 else self.count_pieces(samples)

    def find_sums(self, samples: int, do: Do) -> list[Floats]:
        """Return the sums of pieces (k, n) in float64; a part adds to every piece that has a sample of it."""
        if self.kind.fmt is F32:
            return [self._sum_fast(samples, do)]
        sums: list[Floats] = [np.empty(self.shape) for _ in range(self.count_pieces(samples))]
        for number, product in self.multiply_pieces(samples, do):
            do("copyto", sums[number], product)
        return sums

    def multiply_runs(self, samples: int, do: Do) -> Floats:
        """Return the products (count, k, n) of runs of rows that are no longer than the pieces of a whole batch."""
        longest = self.cut(samples).longest
        blocks = [(rows, self._patches.cut(rows)) for rows in self._patches.list_blocks()]
        runs = [range(place.start, place.stop, longest) for _, place in blocks]
        stack, first = np.empty((sum(len(run) for run in runs), *self.shape), dtype=self.kind.fmt.dtype), 0
        for (rows, place), run in zip(blocks, runs, strict=True):
            left, right = self._patches.collect(rows, do), self.addends[place]
            equal = len(left) // longest
            if equal:
                lefts = stack_pieces(left, equal, longest).transpose(0, 2, 1)
                do("matmul", lefts, stack_pieces(right, equal, longest), stack[first : first + equal])
            if rest := len(left) - equal * longest:
                operands = left[-rest:].T, right[-rest:]
                multiply_exact(*operands, ((0, rest),), stack[first + equal], None, do)
            first += len(run)
        return stack

    def _sum_in_order(self, do: Do) -> Floats:
        """Return the sum of all pieces in float64, from the first to the last."""
        total = np.empty(self.shape, dtype=np.float64)
        for number, product in self.multiply_pieces(self._patches.samples, do):
            if number:
                do("add", total, product, total)
            else:
                do("copyto", total, product)
        return total

    def multiply_pieces(self, samples: int, do: Do) -> Iterator[tuple[int, Floats]]:
        """Yield number and product (k, n) of every piece in float64, which all samples share; the next overwrites it.

        Args:
            samples: in the whole batch, which the pieces are those of.
            do: carries out the products, or lists them.
        """
        cut, (height, width) = self.cut(samples), self._patches.outputs
        own, work = self._patches.samples, Workspace(self.kind.fmt.dtype)
        product = np.empty(self.shape, dtype=self.kind.fmt.dtype)
        for rows in self._patches.list_blocks(cut.rows):
            operands = self._patches.collect(rows, do), self.addends[self._patches.cut(rows)]
            left, right = (_split_rows(array, width, own) for array in operands)
            for first in range(rows[0], rows[1], cut.rows):
                inside = slice(first - rows[0], min(first + cut.rows, height) - rows[0])
                for column, columns in enumerate(cut.columns):
                    place = (inside, slice(*columns))
                    pair = [_join_rows(array[place], name, work, do) for array, name in ((left, "x"), (right, "t"))]
                    multiply_exact(pair[0].T, pair[1], ((0, len(pair[0])),), product, None, do)
                    yield first // cut.rows * len(cut.columns) + column, product

    def count_pieces(self, samples: int) -> int:
        """Return the number of pieces for a batch of so many samples."""
        cut = self.cut(samples)
        return -(-self._patches.outputs[0] // cut.rows) * len(cut.columns)


def _split_rows(array: Floats, width: int, samples: int) -> Floats:
    """Return rows (r, k), in memory (k, r), as (row, column, sample, k)."""
    return array.T.reshape(array.shape[1], -1, width, samples).transpose(1, 2, 3, 0)


def _join_rows(array: Floats, name: str, work: Workspace, do: Do) -> Floats:
    """Return (row, column, sample, k) as rows (r, k), in memory (k, r), copied where some columns are left out."""
    columns = array.transpose(3, 0, 1, 2)
    count = columns[0].size
    joined = columns.reshape(len(columns), count)
    if not np.shares_memory(joined, array):
        joined = work.take(name, len(columns), count)
        do("copyto", joined.reshape(columns.shape), columns)
    return joined.T


class NativePatchTerm(NativeTerm):
    """The gradient (k, n) of the weight of a convolution in plain NumPy."""

    def __init__(self, layer: Layer, addends: Floats, patches: Patches) -> None:
        super().__init__(layer, "weight", addends, patches.samples)
        self._patches = patches

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the gradient."""
        return self._patches.length, self.addends.shape[1]

    def find_gradient(self, do: Do) -> Floats:
        """Return the gradient."""
        gradient = np.empty(self.shape, dtype=self.addends.dtype)
        part = np.empty_like(gradient)
        for number, rows in enumerate(self._patches.list_blocks()):
            left, right = self._patches.collect(rows, do), self.addends[self._patches.cut(rows)]
            do("matmul", left.T, right, part if number else gradient)
            if number:
                do("add", gradient, part, gradient)
        return gradient
