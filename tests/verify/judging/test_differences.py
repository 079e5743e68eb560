"""Differences between JSON values, distances between floats."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from verify.judging.differences import Difference, count_ulps, list_differences

if TYPE_CHECKING:
    from verify.digests import JsonValue


def test_equal_values_have_no_difference() -> None:
    """A value does not differ from its copy."""
    value: JsonValue = {"a": [1, {"b": None}], "c": "x"}
    assert list_differences(value, {"c": "x", "a": [1, {"b": None}]}) == []


@pytest.mark.parametrize(
    ("expected", "found", "rows"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Difference("a.b", 1, 2)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [Difference("a[1]", 2, 3)]),
        ({"a": 1}, {}, [Difference("a", 1, "(absent)")]),
        ({}, {"a": None}, [Difference("a", "(absent)", None)]),
        ({"a": [1]}, {"a": [1, 2]}, [Difference("a", [1], [1, 2])]),
        (
            {"a": [{"b": 1}]},
            {"a": [{"b": 2}, {"b": 3}]},
            [Difference("a[0].b", 1, 2), Difference("a[1].b", "(absent)", 3)],
        ),
        ({"a": list(range(20))}, {"a": list(range(21))}, [Difference("a[20]", "(absent)", 20)]),
        (
            {"a": None},
            {"a": {"b": 1, "c": {"d": 2}}},
            [Difference("a.b", "(absent)", 1), Difference("a.c.d", "(absent)", 2)],
        ),
        ({"a": {"b": 1}}, {}, [Difference("a.b", 1, "(absent)")]),
        ({"a": 1}, {"a": 1.0}, [Difference("a", 1, 1.0)]),
        ({"a": 1}, {"a": True}, [Difference("a", 1, True)]),
    ],
)
def test_difference_is_named(expected: JsonValue, found: JsonValue, rows: list[Difference]) -> None:
    """Each differing leaf is reported with its path, also where only the type differs."""
    assert list_differences(expected, found) == rows


@pytest.mark.parametrize(
    ("a", "b", "precision", "ulps"),
    [
        (1.0, 1.0, "f32", 0),
        (1.0, 1.0 + 2.0**-23, "f32", 1),
        (1.0, 1.0 + 2.0**-52, "f64", 1),
        (1.0, 1.0 - 2.0**-24, "f32", 1),
        (0.0, -0.0, "f64", 0),
        (2.0**-149, -(2.0**-149), "f32", 2),
        (1.0, 2.0, "f64", 2**52),
        (1.0, math.inf, "f64", None),
        (math.nan, 1.0, "f32", None),
        (1.0, 1e300, "f32", None),
    ],
)
def test_count_ulps(a: float, b: float, precision: str, ulps: int | None) -> None:
    """The distance counts the floats of the run's precision, across zero too."""
    assert count_ulps(a, b, precision) == ulps
