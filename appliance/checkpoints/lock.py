"""The lock of one training: it ends with the process that holds it, however that ends."""

from __future__ import annotations

import contextlib
import io
import os
import time
from typing import TYPE_CHECKING

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

try:
    import fcntl
except ImportError:  # not a POSIX system
    fcntl = None  # type: ignore[assignment]

LOCK = "lock"
_NOT_THROUGH_LINKS = getattr(os, "O_NOFOLLOW", 0)
_ATTEMPTS = 100
_WAITS, _WAIT_SECONDS = 5, 0.02  # a list of runs looks at a lock for a moment


@contextlib.contextmanager
def lock_training(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder of checkpoints, which is made if it does not exist.

    Where the system has no such lock, nothing is held.

    Raises:
        UsageError: another process holds it.
        OSError: the folder or the file of the lock cannot be made.
    """
    with _take(folder):
        yield


def is_locked(folder: Path) -> bool:
    """Tell whether a process of this machine holds the lock of a folder now; nothing is made."""
    if fcntl is None:
        return False
    try:
        with io.FileIO(folder / LOCK, opener=_open_to_read) as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no lock, or a file system without such locks
        return False
    return False


def _take(folder: Path) -> io.FileIO:
    """Return an open file that holds the lock; a file that its last holder removed meanwhile does not count."""
    for _ in range(_ATTEMPTS):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            stream = io.FileIO(folder / LOCK, "r+", opener=_open_to_lock)
        except FileNotFoundError:
            continue  # the folder was removed between these two lines
        try:
            _lock(stream, folder)
            if _is_there(stream.fileno(), folder / LOCK):
                return stream
        except BaseException:
            stream.close()
            raise
        stream.close()
    raise _describe_holder(folder)


def _open_to_lock(path: str, _: int) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | _NOT_THROUGH_LINKS, 0o644)
    except PermissionError:
        with contextlib.suppress(OSError):  # a copy may be read-only; that is enough
            return _open_to_read(path, 0)
        raise


def _open_to_read(path: str, _: int) -> int:
    return os.open(path, os.O_RDONLY | _NOT_THROUGH_LINKS | getattr(os, "O_NONBLOCK", 0))


def _lock(stream: io.FileIO, folder: Path) -> None:
    if fcntl is None:
        return
    for waits in range(_WAITS + 1):
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if waits == _WAITS:
                raise _describe_holder(folder) from error
            time.sleep(_WAIT_SECONDS)
        except OSError:  # a file system without such locks
            return
        else:
            return


def _is_there(number: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(number), path.lstat())
    except FileNotFoundError:
        return False


def _describe_holder(folder: Path) -> UsageError:
    return UsageError(
        "another process trains this run now",
        expected="one process at a time for one run directory",
        found="a process that holds the lock of its checkpoints",
        where=folder,
        remedy="wait for it, end it, or name another directory: --out DIR",
    )
