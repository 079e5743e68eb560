"""Fingerprints of arrays that are read many times, such as those of a training step.

`Prepared` reads one array where it is; `Staged` reads many arrays in one pass, from copies that are made when each
array has been computed. Both give the numbers of `fingerprint_array`, with less time between the operations.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from verify.tracing.fingerprints import MOST_CHUNKS, WORDS, make_weights, mix
from verify.tracing.tensors import LARGE

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

_MASK = (1 << 64) - 1
_WORD = 8
_HALF = np.uint64(32)
_LITTLE = np.dtype("<u8")


def _count_words(array: NDArray[Any]) -> int:
    return max(1, -(-array.nbytes // _WORD))


def _find_factor(block: int) -> int:
    """Return the odd number that the sum of a block is multiplied by."""
    return mix(WORDS + block) | 1


class Prepared:
    """An array whose memory stays in place, with views of it made once.

    Args:
        array: of numbers.

    Attributes:
        large: whether it is so large that its parts have fingerprints, too.
    """

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.large = array.nbytes > LARGE
        little = array.dtype.newbyteorder("<")
        direct = array.flags.c_contiguous and array.nbytes % _WORD == 0 and array.nbytes and little == array.dtype
        self._copy: NDArray[Any] | None = None
        if direct:
            words = array.reshape(-1).view(_LITTLE)
        else:
            words = np.zeros(_count_words(array), _LITTLE)
            self._copy = words.view(np.uint8)[: array.nbytes].view(little).reshape(array.shape)
        folded, weights = np.empty(min(WORDS, len(words)), np.uint64), make_weights()
        self._blocks = []
        for number, start in enumerate(range(0, len(words), WORDS)):
            part = words[start : start + WORDS]
            self._blocks.append((part, folded[: len(part)], weights[: len(part)], _find_factor(number)))

    def _weigh(self) -> list[int]:
        if self._copy is not None:
            np.copyto(self._copy, self.array)
        sums = []
        for words, folded, weights, factor in self._blocks:
            np.right_shift(words, _HALF, folded)
            np.bitwise_xor(folded, words, folded)
            sums.append(int(folded.dot(weights)) * factor)
        return sums

    def read(self) -> int:
        """Return the fingerprint of what the array holds now, as a number."""
        return sum(self._weigh()) & _MASK

    def read_chunks(self) -> tuple[int, list[str]]:
        """Return the fingerprint, and those of its parts as `fingerprint_chunks` does."""
        sums = self._weigh()
        size = max(1, -(-len(sums) // MOST_CHUNKS))
        chunks = [f"{sum(sums[start : start + size]) & _MASK:016x}" for start in range(0, len(sums), size)]
        return sum(sums) & _MASK, chunks


class Slot:
    """The copy of one array.

    Attributes:
        array: the array when it was seen first, for its type, shape and order.
        view: the copy, in C order with its lowest byte first.
    """

    __slots__ = ("array", "view")

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.view = np.empty(array.shape, array.dtype.newbyteorder("<"))

    def copy(self, array: NDArray[Any]) -> None:
        """Copy the array as it is now."""
        np.copyto(self.view, array)


class Staged:
    """Copies of many arrays, side by side. They are read once: then their memory is used for the sums.

    Attributes:
        names: the arrays that have a copy, in the order of `read`.
        slots: the copies by name.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.slots: dict[str, Slot] = {}
        self._starts: NDArray[np.intp] | None = None

    @property
    def joined(self) -> bool:
        """Whether the copies stay where they are from now on."""
        return self._starts is not None

    def place(self, name: str, array: NDArray[Any]) -> Slot:
        """Return a slot for an array; all are placed before the first `read`."""
        if self._starts is not None:
            raise ValueError(f"{name} comes too late")
        slot = self.slots[name] = Slot(array)
        self.names.append(name)
        return slot

    def _join(self) -> NDArray[np.intp]:
        """Put all copies side by side, each with zeros up to a whole word."""
        counts = [_count_words(self.slots[name].array) for name in self.names]
        *places, total = itertools.accumulate(counts, initial=0)
        starts = np.array(places, np.intp)
        sizes = [self.slots[name].array.nbytes for name in self.names]
        ends = [start + count - 1 for start, count, size in zip(places, counts, sizes, strict=True) if size % _WORD]
        self._filled = np.array(ends, np.intp)
        self._words = np.zeros(total, _LITTLE)
        halves = self._words.view("<u4")
        self._low, self._high = halves[::2], halves[1::2]
        self._weights = np.empty(len(self._words), np.uint64)
        for name, start, count in zip(self.names, starts.tolist(), counts, strict=True):
            slot = self.slots[name]
            place = self._words[start : start + count].view(np.uint8)[: slot.array.nbytes]
            copy = place.view(slot.view.dtype).reshape(slot.view.shape)
            np.copyto(copy, slot.view)
            slot.view = copy
            for block in range(-(-count // WORDS)):
                low, high = start + block * WORDS, start + min((block + 1) * WORDS, count)
                factor = np.uint64(_find_factor(block))
                np.multiply(make_weights()[: high - low], factor, self._weights[low:high])
        return starts

    def read(self, sums: Words) -> None:
        """Write the fingerprints of all copies into `sums`, in the order of `names`; the copies are lost."""
        if self._starts is None:
            self._starts = self._join()
        np.bitwise_xor(self._low, self._high, self._low)  # x ^ x >> 32 of every word
        np.multiply(self._words, self._weights, self._words)
        np.add.reduceat(self._words, self._starts, out=sums)
        if self._filled.size:
            self._words[self._filled] = 0  # the zeros behind an array that ends within a word
