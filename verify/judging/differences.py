"""Finds where two JSON values differ, field by field."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

if TYPE_CHECKING:
    from verify.digests import JsonValue

_ABSENT = "(absent)"


class Difference(NamedTuple):
    """One field in which two values differ: its path ("epochs[2].weights"), what was expected, what was found."""

    path: str
    expected: JsonValue
    found: JsonValue


def list_differences(expected: JsonValue, found: JsonValue, path: str = "") -> list[Difference]:
    """Return every leaf in which two JSON values differ, in the order of their keys and indices.

    Values of different types differ, so 1 is not 1.0 and not true.
    """
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        rows: list[Difference] = []
        for key in sorted({*expected, *found}):
            inner = f"{path}.{key}" if path else str(key)
            rows += list_differences(expected.get(key, _ABSENT), found.get(key, _ABSENT), inner)
        return rows
    if _is_list(expected) and _is_list(found) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [row for i, (a, b) in pairs for row in list_differences(a, b, f"{path}[{i}]")]
    same = type(expected) is type(found) and expected == found
    return [] if same else [Difference(path, expected, found)]


def _is_list(value: JsonValue) -> TypeGuard[Sequence[JsonValue]]:
    """Tell whether a JSON value is a list; in memory it may be a tuple."""
    return isinstance(value, list | tuple)


def _order(value: float, precision: str) -> int:
    """Return a finite float's rank among the floats of a precision; the rank of both zeros is 0."""
    layout = ("<f", "<i", 2**31) if precision == "f32" else ("<d", "<q", 2**63)
    word = int(struct.unpack(layout[1], struct.pack(layout[0], value))[0])
    return word if word >= 0 else -(word + layout[2])


def count_ulps(a: float, b: float, precision: str) -> int | None:
    """Return how many floats of a precision ("f32" or "f64") lie from `a` to `b`; None where one is not finite."""
    if not (math.isfinite(a) and math.isfinite(b)):
        return None
    try:
        return abs(_order(a, precision) - _order(b, precision))
    except OverflowError:  # beyond the range of float32
        return None
