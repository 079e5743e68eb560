"""Fingerprints of arrays: the definition, every layout, and what they must notice."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from verify.tracing import fingerprints
from verify.tracing.fingerprints import (
    BLOCK,
    FUNCTION,
    UnreadableError,
    chunk_bytes,
    fingerprint_array,
    fingerprint_bytes,
    fingerprint_chunks,
    join_chunks,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from numpy.typing import NDArray

_LAYOUTS: dict[str, Callable[[NDArray[Any]], NDArray[Any]]] = {
    "C": lambda a: a,
    "F": np.asfortranarray,
    "transposed": lambda a: a.T,
    "strided": lambda a: a[::2, ::3],
    "reversed": lambda a: a[::-1],
    "broadcast": lambda a: np.broadcast_to(a[0], (300, a.shape[1])),
    "0-d": lambda a: np.asarray(a[0, 0]),
    "empty": lambda a: a[:0],
    "few": lambda a: a[0, :3],
}


def _define(data: bytes) -> str:
    """Return the fingerprint of bytes as the definition says, in plain integers."""
    data += b"\0" * (-len(data) % 8)
    words = [int.from_bytes(data[start : start + 8], "little") for start in range(0, len(data), 8)]
    blocks = [words[start : start + 2**14] for start in range(0, len(words), 2**14)]
    total = 0
    for number, block in enumerate(blocks):
        part = sum((x ^ x >> 32) * (fingerprints.mix(i) | 1) for i, x in enumerate(block)) % 2**64
        total += part * (fingerprints.mix(2**14 + number) | 1)
    return f"{total % 2**64:016x}"


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "i1", ">i2", "?", "<c16", "S3", "<U2", "<M8[s]"])
@pytest.mark.parametrize("layout", _LAYOUTS)
def test_function_is_what_its_definition_says(layout: str, dtype: str) -> None:
    """Every layout and byte order has the fingerprint of its bytes in C order, lowest byte first."""
    values = np.arange(150 * 90).reshape(150, 90) % 100
    array = _LAYOUTS[layout](values.astype("<i8" if dtype == "<M8[s]" else dtype).astype(dtype))
    data = np.array(array, array.dtype.newbyteorder("<"), order="C").tobytes()
    assert fingerprint_array(array) == _define(data) == fingerprint_bytes(data)
    assert join_chunks(fingerprint_chunks(array)) == _define(data)


def test_known_value() -> None:
    """The function of this name never changes: traces of two machines are compared by it."""
    assert FUNCTION == "blocks64/1"
    assert fingerprint_array(np.arange(5, dtype=np.float32)) == "ea4b6ac32b400000"
    assert fingerprint_array(np.arange(50_000, dtype=np.int64)) == "583bc36c3f3828ee"


def _weak_xor(array: NDArray[np.float32]) -> int:
    return int(np.bitwise_xor.reduce(array.view(np.uint64)))


def _weak_weights(array: NDArray[np.float32]) -> int:
    weights = np.array([fingerprints.mix(i) | 1 for i in range(array.size // 2)], np.uint64)
    return int((array.view(np.uint64) * weights).sum())


def _flip_two_signs(array: NDArray[np.float32]) -> None:
    array[[101, 2003]] *= -1


def _swap_two(array: NDArray[np.float32]) -> None:
    array[[100, 2002]] = array[[2002, 100]]


def _move_two(array: NDArray[np.float32]) -> None:
    array[[100, 2002]] = np.nextafter(array[[100, 2002]], np.float32(9))


@pytest.mark.parametrize("change", [_flip_two_signs, _swap_two, _move_two])
@pytest.mark.parametrize("seed", range(10))
def test_small_changes_are_noticed(change: Callable[[NDArray[np.float32]], None], seed: int) -> None:
    """Two signs, two elements that change places, one ulp in two elements: each gives another fingerprint."""
    array = np.random.default_rng(seed).standard_normal(4096).astype(np.float32)
    changed = array.copy()
    change(changed)
    assert (changed != array).any()
    assert fingerprint_array(changed) != fingerprint_array(array)


def test_weak_functions_miss_these_changes() -> None:
    """Negative control: the tests above can fail, as they do for an XOR and for weights without folding."""
    array = np.random.default_rng(0).standard_normal(4096).astype(np.float32)
    flipped, swapped = array.copy(), array.copy()
    _flip_two_signs(flipped)
    _swap_two(swapped)
    assert _weak_weights(flipped) == _weak_weights(array)
    assert _weak_xor(swapped.view(np.uint64)[::-1].copy().view(np.float32)) == _weak_xor(swapped)


def test_bits_count_and_not_values() -> None:
    """Zeros of two signs, and NaN with two payloads, have fingerprints of their own."""
    assert fingerprint_array(np.array([0.0])) != fingerprint_array(np.array([-0.0]))
    quiet = np.array([0x7FF8000000000000, 0x7FF8000000000001], np.uint64).view(np.float64)
    assert fingerprint_array(quiet[:1]) != fingerprint_array(quiet[1:])


def test_chunks_say_where_a_change_is() -> None:
    """Only the part with the change has another fingerprint; there are at most 64 parts."""
    array = np.zeros(200 * BLOCK, np.uint8)
    before = fingerprint_chunks(array)
    place = 123 * BLOCK + 5
    array[place] = 1
    after = fingerprint_chunks(array)
    assert len(before) <= 64
    assert [number for number, pair in enumerate(zip(before, after, strict=True)) if pair[0] != pair[1]] == [
        place // chunk_bytes(array.nbytes)
    ]


def test_gaps_of_structures_do_not_count() -> None:
    """Bytes between the fields of a structure, and those beside a long double, are never set, so they are left out."""
    wide = np.zeros(20_000, np.dtype([("a", "i1"), ("b", "<f8")], align=True))
    packed = np.zeros(20_000, [("a", "i1"), ("b", "<f8")])
    raw = wide.view(np.uint8).reshape(-1, wide.itemsize)
    raw[:, 1:8] = 77
    long = np.array([1.5, 2.5], np.longdouble)
    assert fingerprint_array(wide) == fingerprint_array(packed)
    assert fingerprint_array(long) == fingerprint_array(long[::-1].copy()[::-1])


def test_objects_have_no_fingerprint() -> None:
    """An array of Python objects is refused: its bytes are addresses."""
    with pytest.raises(UnreadableError):
        fingerprint_array(np.array([{}]))


def test_large_arrays_need_no_memory_of_their_size() -> None:
    """Also a transposed array is read block by block."""
    import tracemalloc  # noqa: PLC0415 - slows every allocation

    array = np.ones((1500, 2000)).T
    fingerprint_array(array)
    tracemalloc.start()
    fingerprint_array(array)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < array.nbytes / 20
    assert sys.getsizeof(array) < peak
