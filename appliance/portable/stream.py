"""Random numbers for people's own code: every draw is a fixed function of (seed, stream name, indices).

Part of bits 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, SupportsIndex

import attrs
import numpy as np

from appliance.numerics.angles import cos, sin
from appliance.numerics.fixed_point import find_pi, round_fixed
from appliance.numerics.logarithms import log
from appliance.numerics.quotients import sqrt_rounded
from appliance.portable.arrays import to_array, to_integer
from appliance.streams import draw_permutation, draw_uniform, draw_words
from verify.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Doubles = NDArray[np.float64]

Shape = SupportsIndex | Iterable[SupportsIndex]
Index = int | str
_ALL_WORDS = 1 << 64


@attrs.frozen(init=False, eq=True, repr=False)
class Stream:
    """A stream of random words with its distributions; it has no state.

    A method that is called twice gives the same numbers twice, and a longer draw begins with the shorter one. What
    is to be independent takes a stream of its own: another name, or `derive`.

    Args:
        seed: any integer.
        name: what the numbers are for, such as "noise".
        indices: integers or texts that tell streams of one name apart, such as an epoch's number.

    Raises:
        UsageError: the seed is no integer, the name no text, or an index neither.

    >>> stream = Stream(1, "noise")
    >>> stream.uniform(2).tolist()
    [0.8406028983661267, 0.1958670133585123]
    >>> stream.derive("epoch", 3).integers(0, 10, 5).tolist()
    [6, 5, 0, 9, 1]
    """

    seed: int
    name: str
    indices: tuple[Index, ...]

    def __init__(self, seed: int, name: str, *indices: Index) -> None:
        parts = [part if isinstance(part, str) else _to_key(part) for part in indices]
        if not isinstance(name, str):
            raise UsageError("a stream needs a name", expected="a text", found=repr(name))
        self.__attrs_init__(_to_key(seed), name, tuple(parts))

    def __repr__(self) -> str:
        return f"Stream({', '.join(repr(part) for part in (self.seed, self.name, *self.indices))})"

    def derive(self, *indices: Index) -> Stream:
        """Return the stream with more indices; it is independent of this one and of all others."""
        return Stream(self.seed, self.name, *self.indices, *indices)

    def spawn(self, count: int) -> list[Stream]:
        """Return the streams `derive(0)` to `derive(count - 1)`."""
        return [self.derive(number) for number in range(_to_count(count))]

    def words(self, shape: Shape = ()) -> NDArray[np.uint64]:
        """Return raw words of 64 bits."""
        lengths = _to_shape(shape)
        return draw_words(math.prod(lengths), self.seed, self.name, *self.indices).reshape(lengths)

    def uniform(self, shape: Shape = (), low: float = 0.0, high: float = 1.0) -> Any:  # noqa: ANN401 - an array or a scalar
        """Return `low + u * (high - low)` in float64, where u are multiples of 2**-53 from 0 to below 1.

        Where `high` is much larger than `high - low`, rounding may give `high` itself.

        Raises:
            UsageError: this is no shape, or a bound or their difference is not finite.
        """
        lengths, lowest = _to_shape(shape), _to_bound(low)
        width = _to_bound(_to_bound(high) - lowest)
        u = draw_uniform(math.prod(lengths), self.seed, self.name, *self.indices).reshape(lengths)
        return (np.multiply(u, width) + lowest)[()]

    def normal(self, shape: Shape = (), mean: float = 0.0, deviation: float = 1.0) -> Any:  # noqa: ANN401
        """Return normally distributed numbers `mean + deviation * z` in float64, two z from two words (Box and Muller).

        From the uniforms u and v of a pair of words, z are `sqrt(-2 log(1 - u))` times cosine and sine of 2 pi v.

        Raises:
            UsageError: this is no shape, or mean or deviation is not finite.
        """
        lengths, middle, factor = _to_shape(shape), _to_bound(mean), _to_bound(deviation)
        count = math.prod(lengths)
        u = draw_uniform(count + count % 2, self.seed, self.name, *self.indices).reshape(-1, 2)
        radius = np.multiply(log(1.0 - u[:, 0]), -2.0)
        radius = sqrt_rounded(radius, np.empty_like(radius))
        angle = np.multiply(u[:, 1], round_fixed(2 * find_pi(), 53))
        pairs = np.stack([radius * cos(angle), radius * sin(angle)], axis=1)
        z = pairs.reshape(-1)[:count].reshape(lengths)
        return (np.multiply(z, factor) + middle)[()]

    def integers(self, low: int, high: int, shape: Shape = ()) -> NDArray[np.int64]:
        """Return integers from low to below high, all equally likely.

        Words of at least the largest multiple of `high - low` that is at most 2**64 are left out; the others give
        `low + word % (high - low)`, in order.

        Raises:
            UsageError: they are no integers, low is not below high, or they do not fit into 63 bits.
        """
        title, lengths = "these integers cannot be drawn", _to_shape(shape)
        lowest, end = to_integer(low, title), to_integer(high, title)
        if not -(1 << 63) <= lowest < end <= 1 << 63 or end - lowest >= 1 << 63:
            raise UsageError(title, expected="low < high", found=f"{low}, {high}")
        span, count = end - lowest, math.prod(lengths)
        limit = _ALL_WORDS - _ALL_WORDS % span
        asked = count
        while True:
            words = draw_words(asked, self.seed, self.name, *self.indices)
            kept = words if limit == _ALL_WORDS else words[words < np.uint64(limit)]
            if len(kept) >= count:
                drawn = (kept[:count] % np.uint64(span)).astype(np.int64)
                with np.errstate(invalid="ignore"):  # some hosts set the flag for additions of integers
                    return np.add(drawn, np.int64(lowest)).reshape(lengths)
            asked += asked // 8 + 16

    def permutation(self, count: int) -> NDArray[np.int64]:
        """Return the numbers 0 to count - 1 in the stable ascending order of the first `count` words."""
        return draw_permutation(_to_count(count), self.seed, self.name, *self.indices).astype(np.int64)

    def shuffle(self, values: ArrayLike) -> NDArray[Any]:
        """Return a copy of values with its entries along the first axis in the order of `permutation`."""
        array = to_array(values)
        if not array.ndim:
            raise UsageError("this has no order", expected="a list or an array", found=repr(values))
        return array[self.permutation(len(array))]

    def choice(self, values: ArrayLike, shape: Shape = (), *, replace: bool = True) -> NDArray[Any]:
        """Return entries along the first axis of values, or of range(values) for a number, all equally likely.

        With replacement their places are `integers(0, n, shape)`, without it the first ones of `permutation(n)`.

        Raises:
            UsageError: there are none, or without replacement fewer than are asked for.
        """
        array, lengths = to_array(values), _to_shape(shape)
        if not array.ndim:
            array = np.arange(_to_count(array.item(), "a list, an array, or how many there are"))
        count = math.prod(lengths)
        if not len(array) and count:
            raise UsageError("nothing can be chosen", expected="at least one entry", found="none")
        if replace:
            return np.asarray(array[self.integers(0, max(1, len(array)), lengths)])
        if count > len(array):
            raise UsageError("so many entries cannot be chosen", expected=f"at most {len(array)}", found=count)
        return np.asarray(array[self.permutation(len(array))[:count].reshape(lengths)])


def _to_key(value: SupportsIndex) -> int:
    return to_integer(value, "a stream cannot have this key", expected="integers or texts")


def _to_shape(shape: Any) -> tuple[int, ...]:  # noqa: ANN401 - a Shape, or what has to be refused
    """Return a shape as integers of Python; a number is a shape of one axis.

    Raises:
        UsageError: a length is no integer, or negative.
    """
    lengths = shape if np.ndim(shape) else (shape,)
    found = tuple(to_integer(length, "this is no shape", expected="integers") for length in lengths)
    if any(length < 0 for length in found):
        raise UsageError("this is no shape", expected="lengths of 0 or more", found=shape)
    return found


def _to_count(value: SupportsIndex, expected: str = "how many numbers") -> int:
    """Return how many there are as an integer of Python.

    Raises:
        UsageError: the value is no integer, or negative.
    """
    count = to_integer(value, "this is no count", expected=expected)
    if count < 0:
        raise UsageError("this is no count", expected="0 or more", found=count)
    return count


def _to_bound(value: float) -> float:
    """Return a number of Python or NumPy as one of Python.

    Raises:
        UsageError: it is no number, or not finite.
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise UsageError("this describes no distribution", expected="a finite number", found=repr(value)) from error
    if not math.isfinite(number):
        raise UsageError("this describes no distribution", expected="a finite number", found=number)
    return number
