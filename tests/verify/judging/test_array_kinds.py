"""What the bits of two arrays tell about the kind of their difference, with distances and exact values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from verify.judging.arrays import classify, compare_arrays, compare_pair
from verify.judging.kinds import join_kinds
from verify.judging.ulps import measure_ulp

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[Any]

BASE = np.linspace(-2, 2, 24, dtype=np.float32).reshape(4, 6)


def set_bits(array: Array, bits: int) -> Array:
    """Return a copy of which the first element has these bits."""
    array = array.copy()
    array.reshape(-1)[:1].view(np.uint32)[0] = bits
    return array


KINDS: dict[str, tuple[Array, Array, str]] = {
    "payloads of NaN": (set_bits(BASE, 0x7FC00001), set_bits(BASE, 0x7FC00002), "nan-payloads"),
    "one NaN": (BASE, set_bits(BASE, 0x7FC00002), "values"),
    "signs": (BASE, -BASE, "sign-flips"),
    "one sign": (BASE, np.where(BASE[1, 1] == BASE, -BASE, BASE), "sign-flips"),
    "rows": (BASE, BASE[::-1], "rows-permuted"),
    "values in another order": (BASE, BASE.reshape(6, 4).T.reshape(4, 6), "permuted"),
    "a permutation without rows": (BASE[0], BASE[0][::-1], "permuted"),
    "whole numbers in another order": (np.arange(9), np.arange(9)[::-1], "permuted"),
    "half precision": (np.array([1, 2], "f2"), np.array([1, 2.002], "f2"), "one-ulp"),
    "complex numbers": (np.array([1 + 2j, 3j]), np.array([1 + 2j, 4j]), "values"),
    "truth values": (np.array([True, True]), np.array([True, False]), "values"),
    "texts": (np.array(["a", "b"]), np.array(["a", "c"]), "values"),
    "a type": (BASE, BASE.astype("f8"), "dtype"),
    "a shape": (BASE, BASE.reshape(-1), "shape"),
    "a subnormal": (np.array([5e-324]), np.array([-0.0]), "one-ulp"),
    "all whole numbers": (np.arange(4), np.arange(4) + 9, "all-elements"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_are_told_apart(name: str) -> None:
    """In both directions, and whatever the order in memory and the byte order."""
    a, b, kind = KINDS[name]
    for x, y in ((a, b), (b, a), (np.asfortranarray(a), b), (a.astype(a.dtype.newbyteorder(">")), b)):
        (row,) = compare_arrays({"w": x}, {"w": y})
        assert row.kind == kind


def test_a_missing_array_is_a_kind() -> None:
    """On either side."""
    assert [row.kind for row in compare_arrays({"a": BASE}, {})] == ["missing"]
    assert [row.kind for row in compare_arrays({}, {"a": BASE})] == ["missing"]


def test_order_in_memory_counts_where_it_is_asked_for() -> None:
    """Equal bits in another order in memory."""
    other = np.asfortranarray(BASE)
    assert compare_pair("w", BASE, other) is None
    found = compare_pair("w", BASE, other, layout=True)
    assert found is not None
    assert (found.kind, found.a, found.b, found.differing) == ("memory-order", "C", "F", 0)


def test_distances_are_counted_by_range() -> None:
    """The histogram has every element that differs once; those without a distance stand apart."""
    a = np.zeros(9, np.float32)
    b = a.copy()
    b.view(np.uint32)[:] = [0, 0x80000000, 1, 2, 3, 4, 5, 0x7F800000, 0x7FC00000]
    (row,) = compare_arrays({"w": a}, {"w": b})
    assert row.histogram == (("0", 1), ("1", 1), ("2", 1), ("3-4", 2), ("5-8", 1), ("none", 2))
    assert (row.ulp, row.largest, row.differing) == (0, 5, 8)


def test_bits_tell_what_values_cannot() -> None:
    """NaN has no decimal value of its own: its bits are given."""
    (row,) = compare_arrays({"w": set_bits(BASE, 0x7FC00001)}, {"w": set_bits(BASE, 0x7FC00002)})
    assert (row.a, row.a_bits, row.b_bits, row.ulp) == ("nan", "0x7fc00001", "0x7fc00002", None)


def test_the_first_element_is_the_first_of_all_blocks() -> None:
    """Also behind the first block of elements that are compared at a time."""
    a = np.zeros(2**20 + 7, np.float32)
    b = a.copy()
    b[2**20 + 3] = 1
    (row,) = compare_arrays({"w": a}, {"w": b})
    assert (row.index, row.differing) == ((2**20 + 3,), 1)


def test_kinds_of_many_arrays_are_joined() -> None:
    """The largest of distances; a form before values; else values."""
    assert join_kinds({"one-ulp", "signed-zeros"}) == "one-ulp"
    assert join_kinds({"one-ulp", "few-ulps", "shape"}) == "shape"
    assert join_kinds({"one-ulp", "permuted"}) == "values"
    assert join_kinds({"permuted"}) == "permuted"
    assert classify(compare_arrays({"a": BASE}, {"a": -BASE})) == "sign-flips"


@pytest.mark.parametrize(("make", "ulp"), [(np.float16, 1), (np.float32, 1), (np.float64, 1), (np.int32, None)])
def test_one_step_of_every_format_is_one_ulp(make: Callable[[float], Any], ulp: int | None) -> None:
    """Half, single and double precision; whole numbers have no distance."""
    x = np.array([make(1)])
    y = np.nextafter(x, x + x) if ulp else x + x
    assert measure_ulp(x, y) == ulp
