"""Differences between a value and its golden: where, how many, how far; and what a tolerance accepts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from verify.arrays.comparing import compare_values, is_close, read_tolerance
from verify.arrays.distances import find_gap
from verify.arrays.leaves import list_leaves
from verify.arrays.samples import describe_leaf
from verify.arrays.wording import describe_difference, format_rows
from verify.errors import UsageError


def record(value: object, *, stored: bool = True) -> tuple[Any, Any]:
    """Return what a golden has of a value, and how its stored arrays are found."""
    leaves = list_leaves(value)
    arrays = {leaf.digest(): leaf.array for leaf in leaves.values()} if stored else {}
    return {place: describe_leaf(leaf) for place, leaf in leaves.items()}, arrays.get


def compare(a: object, b: object, *, stored: bool = True) -> list[str]:
    """Return the differences between a golden and a value, in words."""
    values, find = record(a, stored=stored)
    return [describe_difference(row) for row in compare_values(values, list_leaves(b), find)]


def test_equal_values_have_no_difference() -> None:
    """Nothing is said of them."""
    assert compare({"a": np.arange(100.0), "b": "x"}, {"a": np.arange(100.0), "b": "x"}) == []


def test_first_element_count_and_distance_are_named() -> None:
    """The first index, both values, the distance, how many."""
    a = np.ones((20, 10), dtype="f4")
    b = a.copy()
    b[3, 4] = np.nextafter(np.float32(1), np.float32(2))
    b[7, 7] = 1.5
    (line,) = compare({"w": a}, {"w": b})
    assert line == (
        "['w']: first at [3, 4]: expected 1.0, found 1.0000001, 1 ulp apart; 2 of 200 elements differ,"
        " at most 4.2e+06 ulp"
    )


def test_zeros_and_payloads_are_counted() -> None:
    """Signs of zeros, and NaN with other bits."""
    payload = np.array([0x7FF8000000000001]).view("f8")[0]
    (line,) = compare(np.array([0.0, np.nan, 1.0]), np.array([-0.0, payload, 1.0]))
    assert "1 of them only in the sign of a zero" in line
    assert "1 of them only in the payload of NaN" in line
    assert "first at [0]: expected 0.0, found -0.0, 0 ulp apart; 2 of 3 elements differ" in line


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (np.zeros(2), np.zeros(3), "expected (2,), found (3,)"),
        (np.zeros(2), np.zeros(2, dtype="f4"), "expected <f8, found <f4"),
        ({"a": 1}, {"b": 1}, "['b']: expected no such value, found <i8"),
        ("old", "new", "expected 'old', found 'new'"),
        (np.array(["a"]), np.array(["b"]), "expected 'a', found 'b'"),
        (np.array([1 + 2j]), np.array([1 + 3j]), "expected (1.0, 2.0), found (1.0, 3.0)"),
        (2**70, 2**71, "expected 0x"),
    ],
)
def test_other_differences_are_named(a: object, b: object, words: str) -> None:
    """Shape, type, places, texts."""
    assert words in compare(a, b)[0]


def test_digests_alone_explain_as_far_as_they_can() -> None:
    """Without stored values: the parts and samples that differ, and that no more is known."""
    a = np.arange(1600.0)
    b = a.copy()
    b[250] += 1
    (line,) = compare(a, b, stored=False)
    assert "0 of 32 samples differ; 1 of 16 parts differ, the first is elements 200 to 299 of 1600" in line
    assert "only digests and samples are stored" in line


@pytest.mark.parametrize("width", ["f2", "f4", "f8", "c16"])
def test_distances_of_every_format(width: str) -> None:
    """One step up from one is one ulp, across zero too."""
    a = np.array([1, 0], dtype=width)
    b = a.copy()
    real = b.real
    real[0] = np.nextafter(real[0], np.array(2, dtype=real.dtype))
    gap = find_gap(a, b)
    assert gap is not None
    assert (gap.ulp, gap.largest, gap.count, gap.zeros) == (1, 1, 1, 0)


def accept(a: object, b: object, *, ulp: object = None, rtol: object = None) -> bool | None:
    """Tell whether a value is close to a golden."""
    values, find = record(np.asarray(a))
    tolerance = read_tolerance(ulp, rtol, "because")
    assert tolerance is not None
    return is_close(values, list_leaves(np.asarray(b)), find, tolerance)


def test_tolerance_in_ulp() -> None:
    """So many numbers of the format may lie between, and no more."""
    a, b = 1.0, 1.0 + 3 * 2.0**-52
    assert accept([a], [b], ulp=3)
    assert not accept([a], [b], ulp=2)
    assert accept([0.0], [-0.0], ulp=0)
    assert accept([np.nan], [-np.nan], ulp=0)
    assert not accept([np.nan], [1.0], ulp=2**62)
    assert not accept([np.inf], [np.finfo("f8").max], ulp=1)
    assert not accept([1], [2], ulp=9)
    assert not accept([1.0], [1.0, 1.0], ulp=9)


def test_relative_tolerance() -> None:
    """A part of the golden's value; both limits must hold where both are given."""
    assert accept([100.0], [100.5], rtol=0.01)
    assert not accept([100.0], [102.0], rtol=0.01)
    assert not accept([100.0], [100.5], rtol=0.01, ulp=5)
    assert accept([1 + 1j], [1 + 1.001j], rtol=0.01)
    assert not accept([0.0], [1e-300], rtol=0.5)
    assert accept([np.inf], [np.inf], rtol=0.5)


def test_tolerance_without_values_is_not_known() -> None:
    """Digests cannot say how far apart values are."""
    values, find = record(np.arange(100.0), stored=False)
    tolerance = read_tolerance(1, None, "because")
    assert tolerance is not None
    assert is_close(values, list_leaves(np.arange(100.0) + 1), find, tolerance) is None


@pytest.mark.parametrize(
    ("ulp", "rtol", "reason"),
    [
        (1, None, None),
        (1, None, " "),
        (None, None, "alone"),
        (-1, None, "r"),
        (1.0, None, "r"),
        (None, 2, "r"),
        (True, None, "r"),
        (None, float("nan"), "r"),
    ],
)
def test_tolerance_needs_a_limit_and_a_reason(ulp: object, rtol: object, reason: object) -> None:
    """Anything else is an error."""
    with pytest.raises(UsageError):
        read_tolerance(ulp, rtol, reason)
    assert read_tolerance(None, None, None) is None


def test_messages_fit_beside_the_columns_of_pytest() -> None:
    """Pytest puts eight columns before each line of a message; with them it has 80 at most."""
    text = format_rows("title", [("differs", "first at [0]: expected 4, found 5; " * 6)])
    assert max(map(len, text.splitlines())) <= 80 - len("E       ")


def test_large_distances_are_told_roughly() -> None:
    """Sixteen digits help nobody; small distances stay exact."""
    (line,) = compare(np.array([1.0]), np.array([2.0]))
    assert "4.5e+15 ulp apart" in line
