"""Keyed random streams: every draw is a fixed function of (seed, stream name, indices).

Part of bits 2. Only raw 64-bit words of Philox4x64-10 are used (Salmon et al., "Parallel random numbers: as easy as
1, 2, 3", SC 2011); NumPy keeps raw words stable across releases, unlike its distributions (NEP 19).
The key is the first 16 bytes, little-endian, of the SHA-256 of the stream's canonical JSON name, the
counter starts at zero. A stream has no state, so resuming, splitting and random access are trivial.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from appliance.seeds import to_plain_key
from verify.digests import format_canonical

if TYPE_CHECKING:
    from numpy.typing import NDArray


def draw_words(count: int, seed: int, name: str, *indices: int | str) -> NDArray[np.uint64]:
    """Return the first `count` raw words, shape (count,), of the stream called (seed, name, *indices).

    >>> draw_words(2, 1, "example").tolist() == draw_words(2, 1, "example").tolist()
    True
    """
    return np.asarray(_make_generator(seed, name, *indices).random_raw(count), dtype=np.uint64).reshape(count)


def _make_generator(seed: int, name: str, *indices: int | str) -> np.random.Philox:
    text = format_canonical(["repro-appliance/stream/1", *to_plain_key(seed, name, *indices)])
    key = hashlib.sha256(text.encode("ascii")).digest()[:16]
    words = np.frombuffer(key, dtype="<u8").astype(np.uint64)
    return np.random.Philox(key=words, counter=np.zeros(4, dtype=np.uint64))


def draw_blocks(numbers: NDArray[np.int64], size: int, seed: int, name: str, *indices: int | str) -> NDArray[np.uint64]:
    """Return words (len(numbers), 4 * size) of the stream called (seed, name, *indices): a block for each number.

    Block i has the words of the counters `i * size + 1` to `(i + 1) * size`, four for each. Numbers are at least 0.

    >>> draw_blocks(np.array([1]), 2, 1, "example")[0].tolist() == draw_words(16, 1, "example")[8:].tolist()
    True
    """
    generator, words = _make_generator(seed, name, *indices), np.empty((len(numbers), 4 * size), dtype=np.uint64)
    place = 0
    for row, number in zip(words, numbers.tolist(), strict=True):
        generator.advance((number * size - place) % (1 << 256))
        row[...] = generator.random_raw(4 * size)
        place = (number + 1) * size
    return words


def draw_uniform(count: int, seed: int, name: str, *indices: int | str) -> NDArray[np.float64]:
    """Return `count` float64 multiples of 2**-53 in [0, 1), shape (count,): `(word >> 11) * 2**-53`.

    >>> draw_uniform(2, 1, "example").tolist()
    [0.7230216256519414, 0.4546456898369913]
    """
    words = draw_words(count, seed, name, *indices)
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def draw_permutation(count: int, seed: int, name: str, *indices: int | str) -> NDArray[np.intp]:
    """Return a permutation of range(count), shape (count,): the stable order of the stream's words.

    >>> draw_permutation(5, 1, "shuffle", 1).tolist()
    [0, 4, 3, 2, 1]
    """
    words = draw_words(count, seed, name, *indices)
    return np.argsort(words, kind="stable")
