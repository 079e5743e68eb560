"""Writes the events of one process into a file, each with a running hash over all lines until then."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from verify.tracing.headers import EVENTS
from verify.tracing.processes import open_events

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

_PART = 1 << 20


class EventFile:
    """The events of one process.

    Args:
        directory: of the trace.
        limit: the largest number of bytes.
        main: whether this is the first process, which has its file from the beginning on.

    Attributes:
        name: of the process; empty for the first.
        events: how many were written.
        left_out: how many were not.
        size: the bytes that were written.
        heads: the running hash at the end of each epoch.
    """

    def __init__(self, directory: Path, limit: int, *, main: bool) -> None:
        self.name = ""
        self.events = self.left_out = self.size = 0
        self.heads: list[dict[str, Any]] = []
        self._directory = directory
        self._limit = self._room = limit
        self._hash = hashlib.sha256()
        self._handle: int | None = None
        if main:
            self.name, self._handle = open_events(directory, EVENTS, main=True)

    @property
    def chain(self) -> str:
        """The running hash over all lines until now."""
        return f"sha256:{self._hash.hexdigest()}"

    @property
    def lost(self) -> list[str]:
        """What was not written, in words."""
        return [f"{self.left_out} events after the limit of {self._limit} bytes"] if self.left_out else []

    def write(self, text: bytes, events: int = 1) -> bool:
        """Write the lines of events; return whether that was done. If they are too many, none is written."""
        if len(text) > self._room or not self._hand_over(text):
            self.left_out += events
            return False
        self._hash.update(text)
        self._room -= len(text)
        self.events += events
        self.size += len(text)
        return True

    def take_over(self, path: Path, size: int, chain: str) -> None:
        """Begin with the first bytes of another file, which stays as it is.

        Raises:
            ValueError: they are not there, or their running hash is another one.
            OSError: the file cannot be read, or this one cannot be written.
        """
        with path.open("rb") as stream:
            while self.size < size and (part := stream.read(min(_PART, size - self.size))):
                if not self.write(part, 0):
                    raise OSError("the events of an earlier process cannot be written")
        if (self.size, self.chain) != (size, chain):
            raise ValueError(f"the events are not those that were recorded: {self.size} bytes, {self.chain}")

    def sync(self) -> None:
        """Wait until the disk has all lines."""
        if self._handle is not None:
            os.fsync(self._handle)

    def _hand_over(self, text: bytes) -> bool:
        try:
            if self._handle is None:  # a further process has a file from its first event on
                self.name, self._handle = open_events(self._directory, EVENTS, main=False)
            os.write(self._handle, text)
        except OSError:
            self._limit = self._room = 0  # a full disk must not end the program that is traced
            return False
        return True

    def end_epoch(self, epoch: int) -> None:
        """Keep the running hash at the end of an epoch."""
        self.heads.append({"epoch": epoch, "head": self.chain})

    def close(self) -> None:
        """Close the file."""
        if self._handle is not None:
            os.close(self._handle)
        self._handle, self._room = None, -1
