"""Multi-head self-attention."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from oracle import exact, functions
from oracle.columns import add_column
from oracle.formats import F64
from oracle.layers import Batch, Gradient, Layer, Rows, Signal
from oracle.weights import round_columns, round_rows

if TYPE_CHECKING:
    from oracle.dense import Dense
    from oracle.formats import Format
    from oracle.layers import Inputs
    from oracle.optimizers import Tensor
    from oracle.weights import Weight


def transpose(rows: Rows) -> Rows:
    """Return columns as rows."""
    return [list(column) for column in zip(*rows, strict=True)]


def multiply(a: Rows, b: Rows, fmt: Format, factor: float = 1.0) -> Rows:
    """Return the page's accurate product."""
    kind = fmt.accurate
    left = round_rows(a, kind.left_bits, fmt.cap)
    right = round_columns(b, kind.most(len(b), 1 << kind.left_bits).bit_length() - 1, fmt.cap)
    rows = []
    for row, unit in zip(exact.multiply(left.units, right.units, kind), left.exponents, strict=True):
        f = 2.0**unit * factor
        rows.append(right.scale([p * f for p in row]))
    return rows


def mix(shares: Rows, values: Rows, fmt: Format) -> Rows:
    """Return shares @ values, each row of the values with a unit of its own."""
    kind = fmt.accurate
    right = round_rows(values, kind.most(len(values), 1 << kind.left_bits).bit_length() - 1, fmt.cap)
    scaled = [[math.ldexp(a, e) for a, e in zip(row, right.exponents, strict=True)] for row in shares]
    left = round_rows(scaled, kind.left_bits, fmt.cap)
    products = exact.multiply(left.units, right.units, kind)
    return [[math.ldexp(p, e) for p in row] for row, e in zip(products, left.exponents, strict=True)]


class Head:
    """One head for one sample: queries, keys, values, and what its backward pass needs."""

    def __init__(self, queries: Rows, keys: Rows, values: Rows, fmt: Format) -> None:
        self.queries, self.keys, self.values, self.fmt = queries, keys, values, fmt
        self.factor = 1.0 / math.sqrt(len(queries[0]))
        self.shares: Rows = []

    def forward(self, *, causal: bool) -> Rows:
        """Return the mean of the values, weighted by how much a position attends to another."""
        scores = multiply(self.queries, transpose(self.keys), self.fmt, self.factor)
        self.shares = []
        for query, row in enumerate(scores):
            hidden = [causal and key > query for key in range(len(row))]
            seen = [min(s, -(2.0**100)) if hide else s for s, hide in zip(row, hidden, strict=True)]
            top = max(seen)
            terms = [
                0.0 if hide else functions.exp_nonpositive(s - top, F64) for s, hide in zip(seen, hidden, strict=True)
            ]
            total = add_column(terms)
            self.shares.append([term / total for term in terms])
        return mix(self.shares, self.values, self.fmt)

    def backward(self, dc: Rows) -> tuple[Rows, Rows, Rows]:
        """Return the gradients of queries, keys and values."""
        dv = multiply(transpose(self.shares), dc, self.fmt)
        u = []
        for t, a in zip(multiply(dc, transpose(self.values), self.fmt), self.shares, strict=True):
            total = add_column([x * y for x, y in zip(a, t, strict=True)])
            u.append([(y - total) * x for x, y in zip(a, t, strict=True)])
        dq = multiply(u, self.keys, self.fmt, self.factor)
        return dq, multiply(transpose(u), self.queries, self.fmt, self.factor), dv


class Attention(Layer):
    """Attention between two dense layers."""

    def __init__(
        self, name: str, inputs: Inputs, ends: tuple[Dense, Dense], heads: int, fmt: Format, *, causal: bool
    ) -> None:
        super().__init__(name, inputs, fmt)
        self.first, self.last = ends
        self.count, self.causal = heads, causal
        self.heads: list[list[Head]] = []

    @property
    def tensors(self) -> list[Tensor]:
        """Those of both dense layers."""
        return [*self.first.tensors, *self.last.tensors]

    @property
    def weights(self) -> list[Weight]:
        """Those of both dense layers."""
        return [*self.first.weights, *self.last.weights]

    def forward(self, x: Signal, batch: Batch) -> Signal:
        """Return the output for sequences."""
        d = self.inputs.shape[-1]
        size = d // self.count
        self.heads, contexts = [], []
        for sample in self.first.forward(x, batch).values:
            rows = [list(sample[i : i + 3 * d]) for i in range(0, len(sample), 3 * d)]
            heads = []
            for j in range(self.count):
                parts = [[row[i * d + j * size :][:size] for row in rows] for i in range(3)]
                heads.append(Head(parts[0], parts[1], parts[2], self.fmt))
            outputs = [head.forward(causal=self.causal) for head in heads]
            joined = [self.fmt.round([x for part in places for x in part]) for places in zip(*outputs, strict=True)]
            contexts.append([x for row in joined for x in row])
            self.heads.append(heads)
        return self.last.forward(Signal(self.inputs.shape, contexts), batch)

    def backward(self, dy: Signal, batch: Batch) -> tuple[Signal, list[Gradient]]:
        """Return the gradients of the input and of both dense layers."""
        d = self.inputs.shape[-1]
        size = d // self.count
        dc, last = self.last.backward(dy, batch)
        gradients = []
        for sample, heads in zip(dc.multiply_out(self.fmt), self.heads, strict=True):
            rows = [sample[i : i + d] for i in range(0, len(sample), d)]
            found = [head.backward([row[j * size :][:size] for row in rows]) for j, head in enumerate(heads)]
            flat = []
            for place in range(len(rows)):
                for part in range(3):
                    flat += [x for head in found for x in head[part][place]]
            gradients.append(self.fmt.round(flat))
        below, first = self.first.backward(Signal(self.first.outputs.shape, gradients), batch)
        return below, [*first, *last]
