"""The lock of one training: it ends with the process that holds it, however that ends."""

from __future__ import annotations

import contextlib
import os
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
_ATTEMPTS = 100


@contextlib.contextmanager
def lock_training(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder of checkpoints, which is made if it does not exist.

    Where the system has no such lock, nothing is held.

    Raises:
        UsageError: another process holds it.
        OSError: the folder or the file of the lock cannot be made.
    """
    number = _take(folder)
    try:
        yield
    finally:
        os.close(number)


def _take(folder: Path) -> int:
    """Return an open file that holds the lock; a file that its last holder removed meanwhile does not count."""
    for _ in range(_ATTEMPTS):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            number = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        except FileNotFoundError:
            continue  # the folder was removed between these two lines
        try:
            _lock(number, folder)
            if _is_there(number, folder / LOCK):
                return number
        except BaseException:
            os.close(number)
            raise
        os.close(number)
    raise _describe_holder(folder)


def _lock(number: int, folder: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _describe_holder(folder) from error
    except OSError:  # a file system without such locks
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
