"""How far the trace of one process is, as one value, so that another process can go on from there."""

from __future__ import annotations

from typing import Any, NamedTuple


class RecorderState(NamedTuple):
    """How far a trace of one process is.

    Attributes:
        events: how many events were written.
        size: the bytes of their lines.
        chain: the running hash over the lines.
        heads: the running hash at the end of each epoch.
        place: epoch and step of the next event.
        occurrences: how often each stage has come there.
        left_out: how many events could not be written.
        read: the bytes of the values that were read.
        types: how many values of each type have no fingerprint.
    """

    events: int
    size: int
    chain: str
    heads: list[dict[str, Any]]
    place: tuple[int | None, int | None]
    occurrences: dict[str, int]
    left_out: int
    read: int
    types: dict[str, int]
