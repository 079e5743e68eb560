"""Finds where two JSON values differ, field by field."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple, TypeGuard

if TYPE_CHECKING:
    from verify.digests import JsonValue

_ABSENT = "(absent)"
_SHORT = 30  # characters of a list that is shown whole


class Difference(NamedTuple):
    """One field in which two values differ: its path ("epochs[2].weights"), what was expected, what was found."""

    path: str
    expected: JsonValue
    found: JsonValue


def list_differences(expected: JsonValue, found: JsonValue, path: str = "") -> list[Difference]:
    """Return every leaf in which two JSON values differ, in the order of their keys and indices.

    Values of different types differ, so 1 is not 1.0 and not true. A short list of another length is one leaf; of a
    long one, or one of tables, each entry is compared. Every leaf of what only one side has is a difference.
    """
    if expected in (None, _ABSENT) and _is_tree(found):
        expected = {} if isinstance(found, Mapping) else []
    elif found in (None, _ABSENT) and _is_tree(expected):
        found = {} if isinstance(expected, Mapping) else []
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        rows: list[Difference] = []
        for key in sorted({*expected, *found}):
            inner = f"{path}.{key}" if path else str(key)
            rows += list_differences(expected.get(key, _ABSENT), found.get(key, _ABSENT), inner)
        return rows
    if _is_list(expected) and _is_list(found) and (len(expected) == len(found) or _is_long(expected, found)):
        pairs = enumerate(zip_longest(expected, found, fillvalue=_ABSENT))
        return [row for i, (a, b) in pairs for row in list_differences(a, b, f"{path}[{i}]")]
    same = type(expected) is type(found) and expected == found
    return [] if same else [Difference(path, expected, found)]


def _is_tree(value: JsonValue) -> bool:
    """Tell whether a value is a table, or a list of tables or of many values."""
    return isinstance(value, Mapping) or (_is_list(value) and _is_long(value))


def _is_long(*lists: Sequence[JsonValue]) -> bool:
    return any(len(str(list(values))) > _SHORT or any(map(_is_tree, values)) for values in lists)


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
