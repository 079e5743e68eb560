"""What a checkpoint says of itself, read without its arrays and without its seal, for lists of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.errors import CouldNotJudgeError
from verify.files.checkpoint import CHECKPOINT, STATEMENT
from verify.files.reading import MEBIBYTE, open_regular, parse_json

if TYPE_CHECKING:
    from io import FileIO
    from pathlib import Path

    from verify.files.checkpoint import Checkpoint

_PREFIX = 8
_HEADER_LIMIT = 16 * MEBIBYTE
_WHAT = "a checkpoint"


def read_statement(path: Path) -> Checkpoint:
    """Return what a checkpoint says of itself; whether the file is whole is seen when it is taken up.

    Raises:
        UsageError: it is missing, unreadable or no regular file.
        CouldNotJudgeError: it has no statement.
    """
    with open_regular(path, what=_WHAT) as stream:
        try:
            start, end = _find_statement(stream, path)
            stream.seek(start)
            text = stream.read(end - start)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CouldNotJudgeError("a checkpoint is damaged", found=error, where=path) from error
    return CHECKPOINT.parse_text(text, path)


def _find_statement(stream: FileIO, path: Path) -> tuple[int, int]:
    """Return where the statement begins and ends.

    Raises:
        ValueError: there is none.
    """
    length = int.from_bytes(stream.read(_PREFIX), "little")
    if not 0 < length <= _HEADER_LIMIT:
        raise ValueError("it has no header")
    header = parse_json(stream.read(length), where=path, what="the header of a checkpoint")
    entry = header.get(STATEMENT) if isinstance(header, dict) else None
    places = entry.get("data_offsets") if isinstance(entry, dict) else None
    if not isinstance(places, list) or [type(place) for place in places] != [int, int]:
        raise ValueError("it has no statement")
    start, end = (_PREFIX + length + int(str(place)) for place in places)
    if not 0 < start < end <= start + CHECKPOINT.limit:
        raise ValueError("it has no statement")
    return start, end
