"""Switching subnormal numbers off for one thread, as some libraries do behind everybody's back.

Only for controls that must turn red.
"""

from __future__ import annotations

import platform
from contextlib import contextmanager
from typing import TYPE_CHECKING

from verify.host.control_word import change_control_word

if TYPE_CHECKING:
    from collections.abc import Iterator

# Offset and flags. x86-64: flush-to-zero and denormals-are-zero of MXCSR; ARM: the bit FZ.
_WORDS = {
    "x86_64": (28, 0x8040),
    "amd64": (28, 0x8040),
    "aarch64": (0, 1 << 24),
    "armv7l": (0, 1 << 24),
}


@contextmanager
def flush_to_zero() -> Iterator[bool]:
    """Let this thread treat subnormal numbers as zero inside the block; yields False where no way is known."""
    offset, flags = _WORDS.get(platform.machine().lower(), (0, 0))
    restore = change_control_word(offset, 0, flags) if flags else None
    if restore is None:
        yield False
        return
    try:
        yield True
    finally:
        restore()
