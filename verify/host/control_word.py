"""The control word of this thread's floating-point unit, changed through C99's fegetenv and fesetenv.

Where the word lies in the environment is glibc's choice (bits/fenv.h of each architecture). Threads that are started
later inherit it.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SIZE = 64  # bytes, more than any environment has


def change_control_word(offset: int, clear: int, flags: int) -> Callable[[], None] | None:
    """Clear some bits of the word at `offset` and set others; return what takes that back, None without glibc."""
    try:
        library = ctypes.CDLL("libm.so.6")
    except OSError:
        return None
    before = ctypes.create_string_buffer(_SIZE)
    library.fegetenv(before)
    changed = ctypes.create_string_buffer(before.raw, _SIZE)
    word = ctypes.c_uint32.from_buffer(changed, offset)
    word.value = word.value & ~clear | flags
    library.fesetenv(changed)

    def restore() -> None:
        library.fesetenv(before)

    return restore
