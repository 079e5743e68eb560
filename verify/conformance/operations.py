"""The operations that the probes try, each from NumPy unless another one is passed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

Unary = Callable[["Numbers"], "Numbers"]
Binary = Callable[["Numbers", "Numbers"], "Numbers"]


def _sum(x: Numbers, axis: int | None) -> Numbers:
    return np.asarray(np.add.reduce(x, axis=axis))


def _order(x: Numbers) -> Numbers:
    return np.argsort(x, kind="stable")


def _draw_words(key: int, counter: int, count: int) -> list[int]:
    words: list[int] = np.random.Philox(key=key, counter=counter).random_raw(count).tolist()
    return words


def _cast(x: Numbers, dtype: type[np.floating[Any]]) -> Numbers:
    return x.astype(dtype)


@attrs.frozen(kw_only=True)
class Operations:
    """What an array library has to do as IEEE 754 says, or exactly.

    A probe takes its operations from here, so that a negative control can pass one that is broken.

    Args:
        add: element by element, as are `subtract`, `multiply`, `divide`, `sqrt`, `rint` and `signbit`.
        frexp: fractions and exponents; `ldexp` joins them again.
        matmul: the product of two matrices.
        cast: to another float format, rounded.
        sum: over all elements of an axis, or of the whole array for None.
        stable_order: the indices that sort an array and keep equal elements in their order.
        draw_words: words of Philox4x64-10 for a key, from a counter on; how many is the last argument.
    """

    add: Binary = np.add
    subtract: Binary = np.subtract
    multiply: Binary = np.multiply
    divide: Binary = np.divide
    sqrt: Unary = np.sqrt
    rint: Unary = np.rint
    signbit: Unary = np.signbit
    frexp: Callable[[Numbers], tuple[Numbers, Numbers]] = np.frexp
    ldexp: Binary = np.ldexp
    matmul: Callable[..., Numbers] = np.matmul
    cast: Callable[[Numbers, type[np.floating[Any]]], Numbers] = _cast
    sum: Callable[[Numbers, int | None], Numbers] = _sum
    stable_order: Unary = _order
    draw_words: Callable[[int, int, int], list[int]] = _draw_words

    def multiply_into(self, left: Numbers, right: Numbers, out: Numbers) -> None:
        """Write the product of two matrices into a third, as plans do."""
        self.matmul(left, right, out)


NUMPY = Operations()
