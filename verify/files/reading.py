"""The only reader of files: regular files up to a size, and strict JSON."""

from __future__ import annotations

import json
import math
import os
import stat
from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING

from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

    from verify.digests import JsonValue

MEBIBYTE = 2**20
_PART = 2**16  # bytes that are asked for at least, because a file may grow or hide its size
DEEPEST = 64
"""How many lists and objects may stand inside each other."""
_LARGEST = 2**64
_LONGEST_NUMBER = 1000  # characters
_MOST_VALUES = 2**20
_EXPECTED = "strict JSON: UTF-8, every key once, finite numbers"


@contextmanager
def open_regular(path: Path, *, what: str = "a file") -> Iterator[FileIO]:
    """Open a regular file for reading, without a buffer; a pipe, a device or a directory is refused at once.

    Args:
        path: the file.
        what: the kind of the file, with its article, for the title of an error.

    Raises:
        UsageError: it is missing, unreadable or no regular file.
        OSError: what happens inside the block is passed on.
    """
    try:
        # The kind is read twice, because the path may be replaced; a pipe is opened without waiting for its writer.
        _require_regular(path.stat().st_mode, path, what)
        stream = open(path, "rb", buffering=0, opener=_open_at_once)  # noqa: SIM115 - Path.open has no opener
    except (OSError, ValueError) as error:  # ValueError: a path that holds a zero byte
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{what} cannot be read", expected="a readable file", found=reason, where=path) from error
    with stream:
        _require_regular(os.fstat(stream.fileno()).st_mode, path, what)
        yield stream


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _require_regular(mode: int, path: Path, what: str) -> None:
    if not stat.S_ISREG(mode):
        found = "a directory" if stat.S_ISDIR(mode) else "a device, pipe or socket"
        raise UsageError(f"{what} cannot be read", expected="a regular file", found=found, where=path)


def read_bytes(path: Path, *, limit: int, what: str = "a file") -> bytes:
    """Return the contents of a regular file of at most `limit` bytes.

    Args:
        path: the file.
        limit: the size in bytes up to which it is read.
        what: the kind of the file, with its article, for the title of an error.

    Raises:
        UsageError: it is missing, unreadable, no regular file, or too large.
    """
    data = bytearray()
    with open_regular(path, what=what) as stream:
        try:
            size = os.fstat(stream.fileno()).st_size
            while size <= limit and len(data) <= limit:
                part = stream.read(min(max(size - len(data), _PART), limit + 1 - len(data)))
                if not part:
                    return bytes(data)
                data += part
        except OSError as error:
            found = error.strerror or error
            raise UsageError(f"{what} cannot be read", expected="a readable file", found=found, where=path) from error
    raise UsageError(f"{what} is too large", expected=f"at most {limit} bytes", found="more", where=path)


def parse_json(data: bytes | str, *, where: object, what: str = "a file", remedy: str | None = None) -> JsonValue:
    """Return the value of a strict JSON text.

    Refused are bytes that are not UTF-8, a key that stands twice in one object, NaN, infinity, integers beyond 64
    bits, text that UTF-8 cannot hold, more than `DEEPEST` levels, and more than a million values.

    Raises:
        CouldNotJudgeError: the text is not strict JSON; `where` names its source.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        _require_few(text)
        value: JsonValue = json.loads(
            text,
            object_pairs_hook=_refuse_repeated,
            parse_constant=_refuse_constant,
            parse_float=_parse_float,
            parse_int=_parse_int,
        )
        check_values(value)
    except (ValueError, RecursionError) as error:
        reason = "too many levels" if isinstance(error, RecursionError) else error
        raise CouldNotJudgeError(
            f"{what} is not JSON", expected=_EXPECTED, found=reason, where=where, remedy=remedy
        ) from error
    return value


def read_json(path: Path, *, limit: int = MEBIBYTE, what: str = "a file") -> JsonValue:
    """Return the JSON value in a file that has no kind of its own.

    Raises:
        UsageError: the file cannot be read, or is not strict JSON.
    """
    try:
        return parse_json(read_bytes(path, limit=limit, what=what), where=path, what=what)
    except CouldNotJudgeError as error:
        raise UsageError(error.title, expected=error.expected, found=error.found, where=path) from error


def _require_few(text: str) -> None:
    """Raise ValueError for more values than fit into a reasonable amount of memory, before any is made."""
    if text.count(",") + text.count("[") + text.count("{") > _MOST_VALUES:
        raise ValueError(f"more than {_MOST_VALUES} values")


def _refuse_repeated(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    value: dict[str, JsonValue] = {}
    for name, item in pairs:
        if name in value:
            raise ValueError(f"a key stands twice in one object: {name!r}")
        value[name] = item
    return value


def _refuse_constant(text: str) -> float:
    raise ValueError(f"{text} is not a JSON number")


def _parse_float(text: str) -> float:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text} is too large")
    return value


def _parse_int(text: str) -> int:
    if len(text) > len(str(_LARGEST)) + 1 or abs(value := int(text)) > _LARGEST:
        raise ValueError(f"the integer {text[:24]}... does not fit into 64 bits")
    return value


def check_values(value: object, deepest: int = DEEPEST) -> None:
    """Raise ValueError for too many levels, and for text that cannot be written as UTF-8."""
    levels: list[Iterator[object]] = [iter((value,))]
    while levels:
        for item in levels[-1]:
            if isinstance(item, str):
                item.encode("utf-8")
            elif isinstance(item, dict | list):
                if len(levels) > deepest:
                    raise ValueError("too many levels")
                levels.append(chain(item, item.values()) if isinstance(item, dict) else iter(item))
                break
        else:
            levels.pop()
