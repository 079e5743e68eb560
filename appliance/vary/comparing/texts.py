"""Compares lines, cells of tables, values of JSON; numbers in them by their distance."""

from __future__ import annotations

import csv
import itertools
import re
from typing import TYPE_CHECKING, BinaryIO

import attrs
import numpy as np

from verify.judging.ulps import measure_ulp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LONGEST = 2**20  # bytes of one line that are read at a time
_SHOWN = 60  # characters of a value that are shown
_WORD = re.compile(r"[^\s,;:()\[\]{}=]+")

_Json = object


@attrs.frozen(kw_only=True)
class Found:
    """The first difference of two texts, with how many lines or values differ."""

    where: str
    a: str
    b: str
    ulp: int | None
    count: int
    size: int


def compare_lines(a: BinaryIO, b: BinaryIO) -> Found | None:
    """Compare two texts line by line; of the first line that differs, the first word that differs is shown."""
    return _compare(a, b, lambda left, right: ("", *_find_words(left, right)))


def compare_table(a: BinaryIO, b: BinaryIO, separator: str) -> Found | None:
    """Compare two tables line by line; of the first line that differs, the first cell that differs is shown."""

    def find_cell(left: str, right: str) -> tuple[str, str, str]:
        rows = (next(csv.reader([line], delimiter=separator), []) for line in (left, right))
        cells = enumerate(itertools.zip_longest(*rows, fillvalue="nothing"), start=1)
        column, pair = next(((place, pair) for place, pair in cells if pair[0] != pair[1]), (0, (left, right)))
        return f", column {column}", pair[0], pair[1]

    return _compare(a, b, find_cell)


def _compare(a: BinaryIO, b: BinaryIO, locate: Callable[[str, str], tuple[str, str, str]]) -> Found | None:
    """Compare two texts line by line; `locate` finds the place in the first line that differs, with both values."""
    first, count, size = None, 0, 0
    for number, (x, y) in enumerate(_pair_lines(a, b), start=1):
        size = number
        if x == y:
            continue
        count += 1
        if first is None:
            place, left, right = locate(_decode(x), _decode(y))
            first = (f"line {number}{place}", left, right)
    return None if first is None else _make(*first, count, size)


def compare_json(a: _Json, b: _Json) -> Found | None:
    """Compare two JSON values leaf by leaf."""
    left, right = dict(_iterate_leaves(a)), dict(_iterate_leaves(b))
    names = list(dict.fromkeys((*left, *right)))
    unequal = [name for name in names if _differ(left.get(name, _Missing), right.get(name, _Missing))]
    if not unequal:
        return None
    x, y = (leaves.get(unequal[0], _Missing) for leaves in (left, right))
    return _make(f"value {unequal[0]}", _write(x), _write(y), len(unequal), len(names))


class _Missing:
    """Stands for a value that is not there."""


def _differ(x: object, y: object) -> bool:
    return type(x) is not type(y) or repr(x) != repr(y)


def _write(value: object) -> str:
    return "nothing" if value is _Missing else repr(value)


def _iterate_leaves(value: _Json, place: str = "$") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict) and value:
        for key in sorted(value):
            yield from _iterate_leaves(value[key], f"{place}.{key}")
    elif isinstance(value, list) and value:
        for number, entry in enumerate(value):
            yield from _iterate_leaves(entry, f"{place}[{number}]")
    else:
        yield place, value


def _pair_lines(a: BinaryIO, b: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    yield from itertools.zip_longest(_read_lines(a), _read_lines(b), fillvalue=b"")


def _read_lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_LONGEST):
        yield line


def _decode(line: bytes) -> str:
    return line.decode("utf-8", errors="replace").rstrip("\n")


def _find_words(x: str, y: str) -> tuple[str, str]:
    """Return the first words of two lines that differ, or the lines."""
    for left, right in zip(_WORD.findall(x), _WORD.findall(y), strict=False):
        if left != right:
            return left, right
    return x, y


def _make(where: str, a: str, b: str, count: int, size: int) -> Found:
    return Found(where=where, a=_cut(a), b=_cut(b), ulp=_measure(a, b), count=count, size=size)


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _measure(a: str, b: str) -> int | None:
    """Return the distance of two numbers in the text, read as float64; None if they are no fractions."""
    if a.lstrip("+-").isdigit() and b.lstrip("+-").isdigit():
        return None
    try:
        return measure_ulp(np.array([float(a)]), np.array([float(b)]))
    except ValueError:
        return None
