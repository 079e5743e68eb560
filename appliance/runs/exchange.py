"""Lets two directories change places in a single step, where the system can do that."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_HERE = -100  # AT_FDCWD of Linux: paths count from the working directory
_EXCHANGE = 2  # RENAME_EXCHANGE
# What renameat2 answers where the kernel or the file system cannot exchange.
_UNABLE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EXDEV})


def exchange(a: Path, b: Path) -> bool:
    """Let two directories change places; return False where that is not possible in one step, and nothing was done.

    Raises:
        OSError: it is possible here, but failed.
    """
    rename = find_renameat2()
    if rename is None:
        return False
    if rename(_HERE, os.fsencode(a), _HERE, os.fsencode(b), _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNABLE:
        return False
    raise OSError(number, os.strerror(number), str(b))


def find_renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    """Return the function of the C library; None where it has none."""
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError, TypeError):  # TypeError: the system has no handle of the program itself
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    call: Callable[[int, bytes, int, bytes, int], int] = function
    return call
