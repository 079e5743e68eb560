"""The file history.jsonl: one line of canonical JSON an epoch."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from verify.digests import format_canonical
from verify.errors import CouldNotJudgeError
from verify.files.reading import MEBIBYTE, parse_json
from verify.files.record import EpochRow
from verify.files.structure import structure, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

HISTORY = "history.jsonl"
LIMIT = 64 * MEBIBYTE


def format_history(epochs: Iterable[EpochRow]) -> str:
    """Return the text of the file."""
    return "".join(format_canonical(to_json(row)) + "\n" for row in epochs)


def parse_history(data: bytes, where: object) -> tuple[EpochRow, ...]:
    """Return the epochs.

    Raises:
        CouldNotJudgeError: the text is not one that `format_history` writes; `where` names its source.
    """
    lines = enumerate(io.BytesIO(data), start=1)
    rows = tuple(_parse_row(line, f"{where}, line {number}") for number, line in lines)
    if not rows or format_history(rows).encode() != data:
        raise CouldNotJudgeError(
            "a history is not valid",
            expected="lines of canonical JSON, one an epoch",
            found="other spaces, order or line ends" if rows else "no line",
            where=where,
        )
    return rows


def _parse_row(line: bytes, where: str) -> EpochRow:
    value = parse_json(line, where=where, what="a line of a history")
    try:
        return structure(value, EpochRow)
    except ValueError as error:
        raise CouldNotJudgeError(
            "a history is not valid", expected="the keys of an epoch", found=error, where=where
        ) from error
