"""What the workers of one training tell each other: maxima and sums of integers, which no order shows.

Part of bits 2. An exchange is collective: every worker makes the same calls in the same order.
"""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from appliance.numerics.plans import NOW
from verify.errors import ApplianceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from appliance.numerics.plans import Do

    Floats = NDArray[np.floating[Any]]
    Integers = NDArray[np.signedinteger[Any]]
    DType = type[np.signedinteger[Any]] | np.dtype[np.signedinteger[Any]]

_Value = TypeVar("_Value")

# All bits of a pattern but the sign.
_NO_SIGN: dict[np.dtype[Any], np.signedinteger[Any]] = {
    np.dtype(np.float32): np.int32(0x7FFFFFFF),
    np.dtype(np.float64): np.int64(0x7FFFFFFFFFFFFFFF),
}


class Exchange(Protocol):
    """The workers of one training, as one of them sees them.

    Attributes:
        index: the number of this worker, from 0; only worker 0 writes files and prints.
        count: the number of workers.
        hosts: the number of their hosts.
    """

    @property
    def index(self) -> int:
        """The number of this worker, from 0."""

    @property
    def count(self) -> int:
        """The number of workers."""

    @property
    def hosts(self) -> int:
        """The number of hosts."""

    def maximize(self, values: Integers) -> None:
        """Replace every entry by the largest one that any worker has, in place; values are contiguous."""

    def add(self, values: Integers) -> None:
        """Replace every entry by the sum over all workers, in place; values are contiguous.

        The caller knows that no sum leaves the range of the type; see `choose_type`.
        """

    def agree(self, flag: int) -> int:
        """Return the largest flag that any worker gives, so that all of them act at the same step."""

    def broadcast(self, value: _Value) -> _Value:
        """Return what the first worker gives."""

    def compare(self, facts: Mapping[str, str]) -> None:
        """Return if every worker gives the same facts, by name.

        Raises:
            UsageError: they differ; it names worker, host and fact.
        """


class Alone:
    """The exchange of a training without other workers; nothing has to be told."""

    index = 0
    count = 1
    hosts = 1

    def maximize(self, values: Integers) -> None:
        """Do nothing."""

    def add(self, values: Integers) -> None:
        """Do nothing."""

    def agree(self, flag: int) -> int:
        """Return the flag."""
        return flag

    def broadcast(self, value: _Value) -> _Value:
        """Return the value."""
        return value

    def compare(self, facts: Mapping[str, str]) -> None:
        """Do nothing."""


ALONE = Alone()


def choose_type(largest: int, workers: int) -> type[np.signedinteger[Any]]:
    """Return the integer type in which sums over workers fit, where no worker has more than `largest`.

    The bound is `workers * largest < 2**63`; below 2**31 integers of half the size are enough. Any order of additions
    keeps to it, because no partial sum has more terms.

    >>> choose_type(2**24, 4).__name__, choose_type(2**53, 4).__name__
    ('int32', 'int64')

    Raises:
        UsageError: no integer type is wide enough.
    """
    bound = workers * largest
    if bound < 1 << 31:
        return np.int32
    if bound < 1 << 63:
        return np.int64
    raise UsageError(
        "so many workers cannot add their sums exactly",
        expected="workers * largest sum < 2**63",
        found=f"{workers} workers * {largest}",
        remedy="use fewer workers",
    )


def make_buffer(shapes: Sequence[tuple[int, ...]], kind: DType) -> tuple[Integers, list[Integers]]:
    """Return an array for one exchange, and consecutive parts of it of these shapes."""
    bounds = list(accumulate((math.prod(shape) for shape in shapes), initial=0))
    buffer: Integers = np.empty(bounds[-1], dtype=kind)
    parts = zip(pairwise(bounds), shapes, strict=True)
    return buffer, [buffer[start:stop].reshape(shape) for (start, stop), shape in parts]


def join_maxima(arrays: Sequence[Floats], exchange: Exchange, do: Do = NOW) -> None:
    """Replace floating-point numbers without signs by their maxima over all workers, in place, in one exchange.

    Their bit patterns are ordered as they are; that of a NaN is the greatest, so every worker sees it.
    """
    masks = [_NO_SIGN[array.dtype] for array in arrays]
    patterns = [array.view(mask.dtype) for array, mask in zip(arrays, masks, strict=True)]
    buffer, places = make_buffer([array.shape for array in arrays], np.result_type(*(mask.dtype for mask in masks)))
    for pattern, mask, place in zip(patterns, masks, places, strict=True):
        do("bitwise_and", pattern, mask, place)
    do.host(exchange.maximize, buffer)
    for pattern, place in zip(patterns, places, strict=True):
        do("copyto", pattern, place, casting="same_kind")


def join_sums(
    sums: Sequence[Floats],
    units: Sequence[Floats],
    kind: type[np.signedinteger[Any]],
    exchange: Exchange,
    do: Do = NOW,
) -> None:
    """Replace float64 sums by those over all workers, in place, in one exchange.

    Args:
        sums: whole numbers of the units.
        units: of the last axis of each; powers of two.
        kind: the type of the integers; see `choose_type`.
        exchange: with the other workers.
        do: carries out the operations, or lists them.
    """
    buffer, places = make_buffer([array.shape for array in sums], kind)
    for array, unit, place in zip(sums, units, places, strict=True):
        do("divide", array, unit, place, casting="unsafe")
    do.host(exchange.add, buffer)
    for array, unit, place in zip(sums, units, places, strict=True):
        do("multiply", place, unit, array)


def join_rows(array: Floats, exchange: Exchange) -> None:
    """Fill in the entries that other workers have, in place; every entry is zero on all workers but one."""
    if exchange.count > 1 and array.size:
        exchange.add(array.view(_NO_SIGN[array.dtype].dtype))


def lead(exchange: Exchange, act: Callable[[], _Value]) -> _Value:
    """Call a function on the first worker only, such as one that writes; every worker gets its value or its error.

    Raises:
        ApplianceError: the function failed.
    """
    if exchange.count == 1:
        return act()
    values: list[_Value] = []
    failure: ApplianceError | None = None
    if exchange.index == 0:
        try:
            values = [act()]
        except ApplianceError as error:
            failure = error
    values, failure = exchange.broadcast((values, failure))
    if failure is not None:
        raise failure
    return values[0]
