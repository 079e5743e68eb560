"""Switching subnormal numbers off for one thread, as some libraries do behind everybody's back.

Only for controls that must turn red. C99's fegetenv and fesetenv carry the whole state of the floating-point unit; the
place of its control word is glibc's (bits/fenv.h of each architecture).
"""

from __future__ import annotations

import ctypes
import platform
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZE = 64  # bytes, more than any environment has


class _ControlWord(NamedTuple):
    offset: int
    flags: int


# x86-64: flush-to-zero and denormals-are-zero of MXCSR; ARM: the bit FZ.
_WORDS = {
    "x86_64": _ControlWord(28, 0x8040),
    "amd64": _ControlWord(28, 0x8040),
    "aarch64": _ControlWord(0, 1 << 24),
    "armv7l": _ControlWord(0, 1 << 24),
}


@contextmanager
def flush_to_zero() -> Iterator[bool]:
    """Let this thread treat subnormal numbers as zero inside the block; yields False where no way is known."""
    word = _WORDS.get(platform.machine().lower())
    try:
        library = ctypes.CDLL("libm.so.6") if word else None
    except OSError:
        library = None
    if word is None or library is None:
        yield False
        return
    before = ctypes.create_string_buffer(_SIZE)
    library.fegetenv(before)
    changed = ctypes.create_string_buffer(before.raw, _SIZE)
    place = ctypes.c_uint32.from_buffer(changed, word.offset)
    place.value |= word.flags
    library.fesetenv(changed)
    try:
        yield True
    finally:
        library.fesetenv(before)
