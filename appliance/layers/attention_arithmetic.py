"""What attention computes with: products of stacks, softmaxes of rows; portable or native.

Part of bits 2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from appliance.numerics.column_sums import sum_columns
from appliance.numerics.functions import exp_nonpositive
from appliance.numerics.piecewise import Scratch
from appliance.numerics.stacks import multiply_stacks

if TYPE_CHECKING:
    from appliance.layers.layer import Floats
    from appliance.numerics.formats import Format, Kind
    from appliance.numerics.plans import Do

_MASKED = -(2.0**100)  # a score that is below all others


class AttentionArithmetic(ABC):
    """What attention computes with, on stacks of matrices.

    Attributes:
        dtype: of all its arrays.
    """

    dtype: type[np.floating]

    @abstractmethod
    def multiply(self, left: Floats, right: Floats, out: Floats, do: Do, factor: float = 1.0) -> None:
        """Write the products of (b, m, k) and (b, k, n), times a factor, into out (b, m, n)."""

    @abstractmethod
    def average(self, shares: Floats, values: Floats, out: Floats, do: Do) -> None:
        """Write the products of shares (b, p, p) and values (b, p, e) into out (b, p, e)."""

    @abstractmethod
    def normalize(self, scores: Floats, allowed: Floats | None, out: Floats, do: Do) -> None:
        """Write the softmax of the rows of scores (b, p, p) into out; `allowed` (p, p) has 1 or 0 for each entry."""

    @abstractmethod
    def differentiate(self, shares: Floats, slopes: Floats, do: Do) -> None:
        """Turn the gradient of shares, the rows of a softmax (b, p, p), into that of scores, in place."""


class PortableArithmetic(AttentionArithmetic):
    """Accurate products and exact sums, in the format of the products.

    Args:
        kind: the accurate kind of products.
    """

    def __init__(self, kind: Kind) -> None:
        self.dtype = kind.fmt.dtype
        self._kind = kind
        self._scratch = Scratch(self.dtype)

    def multiply(self, left: Floats, right: Floats, out: Floats, do: Do, factor: float = 1.0) -> None:
        """List accurate products."""
        multiply_stacks(left, right, out, self._kind, self._scratch, do, factor)

    def average(self, shares: Floats, values: Floats, out: Floats, do: Do) -> None:
        """List accurate products with units of the values of a position, so that no later one shows."""
        multiply_stacks(shares, values, out, self._kind, self._scratch, do, by_rows=True)

    def normalize(self, scores: Floats, allowed: Floats | None, out: Floats, do: Do) -> None:
        """List `e / sum(e)` with `e = soft_exp(score - largest of the row)`, and 0 for what is not allowed."""
        rows = scores.reshape(-1, scores.shape[2])
        if allowed is not None:
            do("minimum", scores, np.where(allowed > 0, np.inf, _MASKED), out=scores)
        largest, sums = (self._scratch.take(name, (len(rows),)) for name in ("largest", "sums"))
        do("maximum.reduce", rows, 1, None, largest)
        do("subtract", rows, largest[:, np.newaxis], rows)
        exp_nonpositive(rows, out.reshape(rows.shape), do, self._scratch)
        if allowed is not None:
            do("multiply", out, allowed, out)
        shares = out.reshape(rows.shape)
        sum_columns(shares.T, sums, rows.T, do)
        do("divide", shares, sums[:, np.newaxis], shares)

    def differentiate(self, shares: Floats, slopes: Floats, do: Do) -> None:
        """List `shares * (slopes - sum(shares * slopes))` with an exact sum over each row."""
        products, spare = (self._scratch.take(name, shares.shape) for name in ("products", "spare"))
        rows, sums = products.reshape(-1, shares.shape[2]), self._scratch.take("sums", (shares[..., 0].size,))
        do("multiply", shares, slopes, products)
        sum_columns(rows.T, sums, spare.reshape(rows.shape).T, do)
        do("subtract", slopes, sums.reshape(*shares.shape[:2], 1), slopes)
        do("multiply", slopes, shares, slopes)


class NativeArithmetic(AttentionArithmetic):
    """Plain NumPy.

    Args:
        fmt: the number format.
    """

    def __init__(self, fmt: Format) -> None:
        self.dtype = fmt.dtype

    def multiply(self, left: Floats, right: Floats, out: Floats, do: Do, factor: float = 1.0) -> None:
        """List products."""
        do("matmul", left, right, out)
        if factor != 1.0:
            do("multiply", out, self.dtype(factor), out)

    def average(self, shares: Floats, values: Floats, out: Floats, do: Do) -> None:
        """List products."""
        do("matmul", shares, values, out)

    def normalize(self, scores: Floats, allowed: Floats | None, out: Floats, do: Do) -> None:
        """List a softmax."""
        if allowed is not None:
            do("minimum", scores, np.where(allowed > 0, np.inf, _MASKED).astype(self.dtype), out=scores)
        shape = (*scores.shape[:2], 1)
        largest, sums = np.empty(shape, self.dtype), np.empty(shape, self.dtype)
        do("maximum.reduce", scores, 2, None, largest, True)  # noqa: FBT003
        do("subtract", scores, largest, scores)
        do("exp", scores, out)
        do("add.reduce", out, 2, None, sums, True)  # noqa: FBT003
        do("divide", out, sums, out)

    def differentiate(self, shares: Floats, slopes: Floats, do: Do) -> None:
        """List the gradient of a softmax."""
        products, sums = np.empty_like(shares), np.empty((*shares.shape[:2], 1), self.dtype)
        do("multiply", shares, slopes, products)
        do("add.reduce", products, 2, None, sums, True)  # noqa: FBT003
        do("subtract", slopes, sums, slopes)
        do("multiply", slopes, shares, slopes)
