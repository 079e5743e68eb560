"""Differences of arrays: where, how many, how far apart, of what kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.judging.arrays import classify, compare_arrays
from verify.judging.differences import count_ulps

if TYPE_CHECKING:
    from numpy.typing import NDArray

BASE = np.linspace(-2, 2, 24, dtype=np.float32).reshape(4, 6)


def change(dtype: type = np.float32, **values: float) -> NDArray[Any]:
    """Return the base with other elements at flat places, such as at_7=1.5."""
    array: NDArray[Any] = BASE.astype(dtype)
    for name, value in values.items():
        array.reshape(-1)[int(name.removeprefix("at_"))] = value
    return array


def test_equal_arrays_have_no_difference() -> None:
    """Also with another order in memory, and from another byte order's values."""
    assert compare_arrays({"w": BASE}, {"w": np.asfortranarray(BASE)}) == []
    assert compare_arrays({}, {}) == []


def test_the_first_element_is_named_with_its_distance() -> None:
    """One ulp in one element: its place, both values, the count and the distance."""
    value = BASE[1, 3]
    (row,) = compare_arrays({"w": BASE}, {"w": change(at_9=np.nextafter(value, np.float32(9)))})
    assert (row.tensor, row.index, row.ulp, row.largest, row.differing, row.elements) == ("w", (1, 3), 1, 1, 1, 24)
    assert (row.a, row.b) == (float(value), float(np.nextafter(value, np.float32(9))))
    assert classify([row]) == "one-ulp"


KINDS: dict[str, tuple[NDArray[Any], NDArray[Any], str]] = {
    "signs of zeros": (change(at_3=0.0), change(at_3=-0.0), "signed-zeros"),
    "few ulps": (BASE, BASE * np.float32(1 + 2**-20), "few-ulps"),
    "one value": (BASE, change(at_23=7), "values"),
    "all": (BASE, BASE + 1, "all-elements"),
    "shape": (BASE, BASE.reshape(6, 4), "shape"),
    "type": (BASE, BASE.astype(np.float64), "dtype"),
    "not finite": (BASE, change(at_3=np.nan), "values"),
    "whole numbers": (np.arange(4, dtype=np.uint8), np.array([0, 1, 2, 4], np.uint8), "values"),
    "no dimension": (np.array(1.0), np.array(2.0), "all-elements"),
}


@pytest.mark.parametrize("name", KINDS)
def test_kinds_are_told_apart(name: str) -> None:
    """What the difference looks like."""
    a, b, kind = KINDS[name]
    assert classify(compare_arrays({"w": a}, {"w": b})) == kind


def test_values_that_json_lacks_are_texts() -> None:
    """NaN and infinity are named; there is no distance."""
    (row,) = compare_arrays({"w": BASE}, {"w": change(at_3=np.inf)})
    assert (row.b, row.ulp, row.largest) == ("inf", None, None)


def test_a_tensor_that_one_side_lacks_is_named() -> None:
    """Both directions."""
    rows = compare_arrays({"a": BASE}, {"b": BASE})
    assert [(row.tensor, row.a, row.b) for row in rows] == [
        ("a", "float32 of shape (4, 6)", "no such tensor"),
        ("b", "no such tensor", "float32 of shape (4, 6)"),
    ]


@given(st.floats(allow_nan=False, allow_infinity=False, width=64), st.floats(allow_nan=False, allow_infinity=False))
def test_distances_are_those_of_single_numbers(a: float, b: float) -> None:
    """The count over an array is the one of plain Python, in both precisions, from end to end of the range."""
    for dtype, precision in ((np.float64, "f64"), (np.float32, "f32")):
        with np.errstate(over="ignore", under="ignore"):
            x, y = np.array([a], dtype), np.array([b], dtype)
        rows = compare_arrays({"w": x}, {"w": y})
        if rows and np.isfinite(x[0]) and np.isfinite(y[0]):
            assert rows[0].ulp == rows[0].largest == count_ulps(float(x[0]), float(y[0]), precision)
