"""The directory for the files of all children of one proof."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Room:
    """A directory.

    Attributes:
        path: the directory.
        keep: whether it stays, so that a difference can be looked at.
    """

    def __init__(self, folder: Path | None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="repro-appliance-prove-", dir=folder))
        self.keep = False


@contextmanager
def open_room(folder: Path | None = None) -> Iterator[Room]:
    """Yield a new directory in a folder, or where temporary files are; remove it in the end unless it must stay."""
    room = Room(folder)
    try:
        yield room
    finally:
        if not room.keep:
            shutil.rmtree(room.path, ignore_errors=True)
