"""Rounding to 53 bits on processors with an x87 floating-point unit.

By default, Linux lets that unit round to 64 bits first, so that float64 results are rounded twice: scalars of Python,
short arrays and the ends of NumPy's vectors get other bits than on other machines (Monniaux, "The pitfalls of
verifying floating-point computations", TOPLAS 30(3), 2008). For float32 both are right: 53 >= 2 * 24 + 2.
"""

from __future__ import annotations

import platform
import struct

from verify.host.control_word import change_control_word

_PRECISION, _DOUBLE = 0x300, 0x200  # of the x87 control word: its field, and the value for 53 bits
_POINTER = 4  # bytes; 64-bit programs compute with SSE


def round_to_double() -> bool:
    """Make an x87 unit round to 53 bits in this thread and those started later; return whether it was done.

    Without an x87 there is nothing to do. The host certificate shows whether it worked.
    """
    if struct.calcsize("P") != _POINTER or platform.machine().lower() not in {"i386", "i486", "i586", "i686", "x86_64"}:
        return False
    return change_control_word(0, _PRECISION, _DOUBLE) is not None
