"""Covering arrays of strength 2: few worlds in which every pair of settings stands together at least once."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from appliance.vary.world import Setting, World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_Value = tuple[str, str | None]
_Pair = frozenset[_Value]


def cover_pairs(axes: Mapping[str, Sequence[str]]) -> list[World]:
    """Return worlds in which every pair of values of two axes stands together, the baseline's values included.

    The first world varies every axis. The others are chosen one after the other, each with as many pairs as possible
    that no earlier world has; equal axes give equal worlds.

    Args:
        axes: the values of every axis, without the baseline's.
    """
    values: dict[str, list[str | None]] = {name: [*given, None] for name, given in sorted(axes.items())}
    if not values:
        return []
    missing = _list_pairs(values)
    rows: list[dict[str, str | None]] = [{name: given[0] for name, given in values.items()}]
    rows += _choose_halves(values)
    for row in (*rows, dict.fromkeys(values)):
        missing -= _pairs_of(row.items())
    while missing:
        row = _choose_row(values, missing)
        rows.append(row)
        missing -= _pairs_of(row.items())
    worlds = [
        World.make(Setting(axis=name, value=value) for name, value in row.items() if value is not None) for row in rows
    ]
    return [world for world in dict.fromkeys(worlds) if len(world)]


def _choose_halves(values: Mapping[str, Sequence[str | None]]) -> list[dict[str, str | None]]:
    """Return rows in which every axis is varied in another set of a bit more than half of the rows.

    Two such sets overlap, and neither holds the other: with the baseline, this covers every pair of two-valued axes
    (Kleitman and Spencer, 1973): six rows for up to fifteen axes.
    """
    count = 1
    while math.comb(count, count // 2 + 1) < len(values):
        count += 1
    sets = itertools.combinations(range(count), count // 2 + 1)
    rows: list[dict[str, str | None]] = [{} for _ in range(count)]
    for place, ((name, given), chosen) in enumerate(zip(values.items(), sets, strict=False)):
        for number, row in enumerate(rows):
            row[name] = given[(number + place) % (len(given) - 1)] if number in chosen else None
    return rows


def _list_pairs(values: Mapping[str, Sequence[str | None]]) -> set[_Pair]:
    """List every pair of values of two axes; of one axis alone, its single values."""
    if len(values) == 1:
        name = next(iter(values))
        return {frozenset({(name, value)}) for value in values[name]}
    return {
        frozenset({(one, x), (other, y)})
        for one, other in itertools.combinations(values, 2)
        for x in values[one]
        for y in values[other]
    }


def _pairs_of(row: Iterable[_Value]) -> set[_Pair]:
    entries = list(row)
    if len(entries) == 1:
        return {frozenset(entries)}
    return {frozenset(pair) for pair in itertools.combinations(entries, 2)}


def _choose_row(values: Mapping[str, Sequence[str | None]], missing: set[_Pair]) -> dict[str, str | None]:
    """Return a row that begins with a missing pair and takes, axis by axis, the value with most missing pairs."""
    start = min(missing, key=_sort_key)
    row: dict[str, str | None] = dict(sorted(start, key=lambda entry: entry[0]))
    counts = {name: len({pair for pair in missing if any(name == axis for axis, _ in pair)}) for name in values}
    for name in sorted(values, key=lambda name: (-counts[name], name)):
        if name not in row:
            row[name] = max(values[name], key=lambda value: _count_new(name, value, row, missing))
    return row


def _count_new(name: str, value: str | None, row: Mapping[str, str | None], missing: set[_Pair]) -> int:
    return sum(1 for other in row.items() if frozenset({(name, value), other}) in missing)


def _sort_key(pair: _Pair) -> list[tuple[str, str]]:
    return sorted((name, value or "") for name, value in pair)
