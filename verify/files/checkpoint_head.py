"""What a checkpoint says of itself, read without its arrays and without its seal, for lists of many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.files.checkpoint import CHECKPOINT, STATEMENT, WHAT, describe_damage
from verify.files.reading import open_regular
from verify.files.weights import read_head

if TYPE_CHECKING:
    from pathlib import Path

    from verify.files.checkpoint import Checkpoint


def read_statement(path: Path) -> Checkpoint:
    """Return what a checkpoint says of itself; whether the file is whole is seen when it is taken up.

    Raises:
        UsageError: it is missing, unreadable or no regular file.
        CouldNotJudgeError: it has no statement.
    """
    with open_regular(path, what=WHAT) as stream:
        try:
            _, places = read_head(stream, path)
            start, end = places.get(STATEMENT, (0, 0))
            if not start < end <= start + CHECKPOINT.limit:
                raise describe_damage("it has no statement", path)
            stream.seek(start)
            text = stream.read(end - start)
        except (OSError, ValueError, OverflowError) as error:
            raise describe_damage(getattr(error, "strerror", None) or error, path) from error
    return CHECKPOINT.parse_text(text, path)
