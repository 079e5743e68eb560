"""Random words: Philox4x64-10 in integers, keyed by name."""

from __future__ import annotations

import hashlib
import json

_MASK = (1 << 64) - 1
_MULTIPLIERS = 0xD2E7470EE14C6C93, 0xCA5A826395121157
_WEYL = 0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B
_ROUNDS = 10


def make_key(seed: int, name: str, *indices: int) -> tuple[int, int]:
    """Return the key of a stream, two words."""
    text = json.dumps(["repro-appliance/stream/1", seed, name, *indices], separators=(",", ":"))
    digest = hashlib.sha256(text.encode("ascii")).digest()
    return int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")


def encrypt(counter: int, key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return the four words of one counter value."""
    a, b, c, d = (counter >> shift & _MASK for shift in (0, 64, 128, 192))
    k, j = key
    for _ in range(_ROUNDS):
        first, second = _MULTIPLIERS[0] * a, _MULTIPLIERS[1] * c
        a, b, c, d = (second >> 64) ^ b ^ k, second & _MASK, (first >> 64) ^ d ^ j, first & _MASK
        k, j = (k + _WEYL[0]) & _MASK, (j + _WEYL[1]) & _MASK
    return a, b, c, d


def draw_words(count: int, seed: int, name: str, *indices: int) -> list[int]:
    """Return the first words of a stream."""
    key = make_key(seed, name, *indices)
    words: list[int] = []
    for block in range(-(-count // 4)):
        words += encrypt(block + 1, key)
    return words[:count]


def draw_bytes(count: int, seed: int, name: str, *indices: int) -> bytes:
    """Return the first bytes of a stream, least significant of a word first."""
    words = draw_words(-(-count // 8), seed, name, *indices)
    return b"".join(word.to_bytes(8, "little") for word in words)[:count]


def draw_uniforms(count: int, seed: int, name: str, *indices: int) -> list[float]:
    """Return numbers in [0, 1)."""
    return [(word >> 11) * 2.0**-53 for word in draw_words(count, seed, name, *indices)]


def draw_permutation(count: int, seed: int, name: str, *indices: int) -> list[int]:
    """Return 0 to count - 1 in the order of a stream's words."""
    words = draw_words(count, seed, name, *indices)
    return sorted(range(count), key=words.__getitem__)
