"""Reads TOML files that people write: of limited size, so that no file can keep the program busy."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError
from verify.files.reading import check_values, read_bytes

if TYPE_CHECKING:
    from pathlib import Path

LIMIT = 2**18
"""The size in bytes up to which a file is read."""
LONGEST_LINE = 1000
"""Characters of a line: the time to parse a key grows with the square of its parts."""
DEEPEST = 8
"""How many tables and lists may stand inside each other."""
_LARGEST = 2**63
_CONTROL = frozenset(map(chr, (*range(9), *range(11, 32), *range(127, 160))))


def parse_toml(data: bytes) -> dict[str, Any]:
    """Return the table that a TOML text describes; a byte order mark at its beginning is left out.

    Refused beside what is no TOML are very long lines, more than `DEEPEST` levels, integers beyond 64 bits, and control
    characters in texts, such as a zero byte.

    Raises:
        ValueError: the text is none of that kind; the message says why.
    """
    text = data.decode("utf-8-sig")
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > LONGEST_LINE:
            raise ValueError(f"line {number} has more than {LONGEST_LINE} characters")
    try:
        table = tomllib.loads(text)
        check_values(table, DEEPEST)
    except RecursionError:
        raise ValueError("too many levels") from None
    _check_scalars(table)
    return table


def read_toml(path: Path, *, what: str) -> dict[str, Any]:
    """Return the table in a TOML file.

    Args:
        path: the file.
        what: the kind of the file, with its article, for the title of an error.

    Raises:
        UsageError: the file cannot be read, or is no TOML within the limits of `parse_toml`.
    """
    data = read_bytes(path, limit=LIMIT, what=what)
    try:
        return parse_toml(data)
    except ValueError as error:
        remedy = "correct the file: texts stand between quotes, and no key stands twice"
        raise UsageError(
            f"{what} is not TOML", expected="TOML in UTF-8", found=error, where=path, remedy=remedy
        ) from error


def _check_scalars(value: object) -> None:
    """Raise ValueError for a number or a text that no setting can have."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_scalars(key)
            _check_scalars(item)
    elif isinstance(value, list):
        for item in value:
            _check_scalars(item)
    elif isinstance(value, str) and not _CONTROL.isdisjoint(value):
        raise ValueError(f"a text holds a control character: {value[:80]!r}")
    elif isinstance(value, int) and abs(value) > _LARGEST:
        raise ValueError("an integer does not fit into 64 bits")
