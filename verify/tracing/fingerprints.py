"""Fingerprints of arrays: fast, equal on every machine, sensitive to one bit.

`blocks64/1`: the bytes of the array in C order, each number with its lowest byte first, are filled with zeros to whole
words of 64 bits and cut into blocks of 2^14 words. A block gives the sum modulo 2^64 of `(x ^ x >> 32) * W[i]` over its
words, with `W[i] = splitmix64(i) | 1`. The fingerprint is the sum modulo 2^64 of each block's sum times `V[j]`, with
`V[j] = splitmix64(2^14 + j) | 1`. Sums of integers do not depend on an order. Bits count, never values: -0.0 is not
0.0, and NaN has its payload. Data type and shape are not part of the fingerprint; they stand beside it.

The interface:

* `FUNCTION` is the name of the function. Fingerprints of two functions are never compared.
* `fingerprint_array(array) -> str` gives 16 hexadecimal digits.
* `fingerprint_bytes(data) -> str` gives that of an array of bytes.
* `fingerprint_chunks(array) -> list[str]` gives at most 64 fingerprints of equal parts of a large array, in order.
  Their sum modulo 2^64 is the fingerprint of the whole (`join_chunks`). `chunk_bytes(length)` is the length of a part.
* `UnreadableError` is raised for arrays of Python objects: they have no bytes of their own.

A fingerprint finds accidents, not attacks: it is easy to make two arrays with the same one.
"""

from __future__ import annotations

import functools
import sys
import threading
from typing import TYPE_CHECKING

from verify.tracing.layouts import BLOCK, UnreadableError, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BLOCK",
    "FUNCTION",
    "MOST_CHUNKS",
    "WORDS",
    "UnreadableError",
    "chunk_bytes",
    "fingerprint_array",
    "fingerprint_bytes",
    "fingerprint_chunks",
    "join_chunks",
]

FUNCTION = "blocks64/1"
WORDS = BLOCK // 8  # of one block
MOST_CHUNKS = 64
_MASK = (1 << 64) - 1
_SHORT, _TINY = 256, 64  # bytes that are quicker without NumPy: in bytes, in an array


class _Buffers(threading.local):
    """The memory of one thread for its fingerprints, so that no call asks for any."""

    def __init__(self) -> None:
        import numpy as np  # noqa: PLC0415 - loaded when it is first needed

        self.folded: NDArray[np.uint64] = np.empty(WORDS, np.uint64)
        self.rest: NDArray[np.uint64] = np.empty(WORDS, np.uint64)
        self.weights: NDArray[np.uint64] = make_weights()
        self.half = np.uint64(32)


_SIMPLE: dict[Any, bool] = {}
_SHARED: dict[str, Any] = {}  # what is made once: weights and buffers


def mix(number: int) -> int:
    """Return the output of the generator splitmix64 in the state `number`."""
    mixed = (number + 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
    return mixed ^ mixed >> 31


@functools.lru_cache(maxsize=WORDS)
def _weigh(number: int) -> int:
    return mix(number) | 1


def make_weights() -> NDArray[np.uint64]:
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    weights: NDArray[np.uint64] | None = _SHARED.get("weights")
    if weights is None:
        weights = np.array([mix(number) | 1 for number in range(WORDS)], np.uint64)
        _SHARED["weights"] = weights
    return weights


def fingerprint_array(array: ArrayLike) -> str:
    """Return the fingerprint of an array as 16 hexadecimal digits.

    Args:
        array: any array or number of NumPy, of any layout and byte order.

    Raises:
        UnreadableError: its elements are Python objects.
    """
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    whole = np.asarray(array)
    if whole.nbytes <= BLOCK and _is_simple(whole.dtype):
        if whole.nbytes <= _TINY:
            return fingerprint_bytes(whole.tobytes())
        if whole.nbytes % 8 == 0 and whole.flags.c_contiguous:
            total = _sum_block(whole.reshape(-1).view(np.uint64), _get_buffers())
            return f"{total * _weigh(WORDS) & _MASK:016x}"
    return f"{sum(_weigh_blocks(whole)) & _MASK:016x}"


def fingerprint_bytes(data: bytes) -> str:
    """Return the fingerprint of bytes; NumPy is used only where the program has loaded it."""
    if len(data) > _SHORT and "numpy" in sys.modules:
        import numpy as np  # noqa: PLC0415 - loaded already

        return fingerprint_array(np.frombuffer(data, np.uint8))
    total = 0
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start : start + 8], "little")
        block, place = divmod(start // 8, WORDS)
        total += (word ^ word >> 32) * _weigh(place) * _weigh(WORDS + block)
    return f"{total & _MASK:016x}"


def fingerprint_chunks(array: ArrayLike, most: int = MOST_CHUNKS) -> list[str]:
    """Return the fingerprints of parts of an array, in order; their sum modulo 2^64 is that of the whole.

    Args:
        array: as for `fingerprint_array`.
        most: the largest number of parts.

    Raises:
        UnreadableError: its elements are Python objects.
    """
    blocks = list(_weigh_blocks(array))
    size = max(1, -(-len(blocks) // most))
    return [f"{sum(blocks[start : start + size]) & _MASK:016x}" for start in range(0, len(blocks), size)]


def join_chunks(chunks: list[str]) -> str:
    """Return the fingerprint of the array whose parts have these fingerprints."""
    return f"{sum(int(chunk, 16) for chunk in chunks) & _MASK:016x}"


def chunk_bytes(length: int, most: int = MOST_CHUNKS) -> int:
    """Return how many bytes one part of an array of `length` bytes has in `fingerprint_chunks`."""
    blocks = -(-length // BLOCK)
    return BLOCK * max(1, -(-blocks // most))


def _is_simple(dtype: np.dtype[Any]) -> bool:
    """Tell whether the bytes of an array of this type are read as they are; remembered for each type."""
    simple: bool | None = _SIMPLE.get(dtype)
    if simple is None:
        plain = dtype.names is None and dtype.subdtype is None and not dtype.hasobject and dtype.char not in "gG"
        simple = _SIMPLE[dtype] = plain and dtype.str[0] in "<|"
    return simple


def _get_buffers() -> _Buffers:
    buffers: _Buffers | None = _SHARED.get("buffers")
    return _SHARED.setdefault("buffers", _Buffers()) if buffers is None else buffers


def _sum_block(words: NDArray[np.uint64], buffers: _Buffers) -> int:
    """Return the weighted sum of one block."""
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    folded = buffers.folded[: words.size]
    np.right_shift(words, buffers.half, out=folded)
    np.bitwise_xor(folded, words, out=folded)
    return int(np.dot(folded, buffers.weights[: words.size]))  # noqa: TID251 - integers: exact in any order


def _weigh_blocks(array: ArrayLike) -> Iterator[int]:
    """Yield the sum of each block times the weight of the block."""
    import numpy as np  # noqa: PLC0415 - loaded when it is first needed

    buffers = _get_buffers()
    number = WORDS
    for piece in read_bytes(np.asarray(array)):
        for start in range(0, piece.size, BLOCK):
            part = piece[start : start + BLOCK]
            words = part.view(np.uint64) if part.size % 8 == 0 else _fill_up(part, buffers)
            yield _sum_block(words, buffers) * (mix(number) | 1) & _MASK
            number += 1


def _fill_up(part: NDArray[np.uint8], buffers: _Buffers) -> NDArray[np.uint64]:
    """Return the bytes of the last block, with zeros up to a whole word."""
    words = buffers.rest[: -(-part.size // 8)]
    words[-1] = 0
    words.view("u1")[: part.size] = part
    return words
