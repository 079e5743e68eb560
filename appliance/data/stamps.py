"""What shows that a file has changed since it was opened first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from io import FileIO


class Stamp(NamedTuple):
    """What shows a change of a file.

    Attributes:
        size: in bytes.
        changed: when the contents were changed, in nanoseconds; a program can set this time.
        number: in the file system.
        touched: when the contents or anything else about the file was changed, in nanoseconds; where the system keeps
            this time, no program can set it, so that contents with an old time of change are noticed.
    """

    size: int
    changed: int
    number: int
    touched: int


def read_stamp(file: FileIO) -> Stamp:
    """Return what shows a change of an open file."""
    status = os.fstat(file.fileno())
    return Stamp(size=status.st_size, changed=status.st_mtime_ns, number=status.st_ino, touched=status.st_ctime_ns)
