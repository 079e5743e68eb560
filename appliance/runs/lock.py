"""Lets writers to one directory wait for each other, where the system can lock a directory."""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

_WAIT_SECONDS = 0.02
_ATTEMPTS = 3000


@contextlib.contextmanager
def lock_directory(path: Path) -> Iterator[bool]:
    """Hold the lock of a directory; yield whether it is held.

    It is not held where the system has no such lock, or if another process keeps it for more than a minute. Writers
    are safe without it, but must not remove what others may have left. The lock ends with the process.
    """
    try:
        handle = _Handle(path)
    except OSError:
        yield False
        return
    try:
        yield _wait_for_lock(handle.number)
    finally:
        handle.close()


class _Handle:
    """An open directory, which is closed at the latest when nobody refers to it: so no interrupt keeps the lock."""

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDONLY)

    def close(self) -> None:
        """Close it, if it is open."""
        if self.number >= 0:
            os.close(self.number)
            self.number = -1

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError, OSError):
            self.close()


def _wait_for_lock(handle: int) -> bool:
    if fcntl is None:
        return False
    for _ in range(_ATTEMPTS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_WAIT_SECONDS)
        except OSError:
            return False
        else:
            return True
    return False
