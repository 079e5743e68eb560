"""What a page shows, compared with what was printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEFT_OUT = "..."
# Times, rates and dates are others in every run.
_CHANGING = re.compile(r"\d[\d,.]*(?= (?:s|ms|min|examples/s)\b)|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?")

_NUMBER = re.compile(r"-?\b(?:0x)?[0-9a-f]*\d[0-9a-f.]*(?:p[+-]?\d+)?\b")


def hide_numbers(text: str) -> str:
    """Return a text without its numbers and digests, which other machines have others of."""
    return _NUMBER.sub("#", text)


def find_missing(shown: Iterable[str], *streams: str) -> str | None:
    """Return the first line of a page that no stream has after the lines before it; None where all are there."""
    rests = [iter(stream.splitlines()) for stream in streams]
    lines = [line for line in shown if line.strip() not in {"", _LEFT_OUT}]
    first, *others = rests
    unmatched = list(_take(lines, first))
    for rest in others:
        unmatched = list(_take(unmatched, rest))
    return unmatched[0] if unmatched else None


def _take(lines: Iterable[str], printed: Iterator[str]) -> Iterator[str]:
    """Yield the lines that are not among the printed ones, in order."""
    left = list(printed)
    for line in lines:
        at = next((n for n, one in enumerate(left) if _equals(line, one)), None)
        if at is None:
            yield line
        else:
            del left[: at + 1]


def _equals(shown: str, printed: str) -> bool:
    """Say whether a line is what was printed, where `...` stands for any text."""
    pattern = ".*".join(re.escape(_CHANGING.sub("#", part)) for part in shown.rstrip().split(_LEFT_OUT))
    return re.fullmatch(pattern, _CHANGING.sub("#", printed.rstrip())) is not None
