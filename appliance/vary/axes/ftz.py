"""The axis `ftz`: whether very small numbers are flushed to zero."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, refuse_without_python, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_ON = "flush-to-zero"
# glibc's fenv_t: offset of the control word, and its bits: FTZ with DAZ (x86-64 MXCSR), FZ (aarch64 FPCR).
_WORDS = {"x86_64": (28, 1 << 15 | 1 << 6), "aarch64": (0, 1 << 24)}
_STARTUP = """
try:
    import ctypes as _vary_c
    _vary_m = _vary_c.CDLL("libm.so.6")
    _vary_e = _vary_c.create_string_buffer(64)
    _vary_m.fegetenv(_vary_e)
    _vary_w = _vary_c.c_uint32.from_buffer(_vary_e, {offset})
    _vary_w.value |= {bits}
    _vary_m.fesetenv(_vary_e)
    del _vary_w, _vary_e, _vary_m, _vary_c
except (ImportError, OSError):
    pass
"""
_PROBE = "x = float('2.2250738585072014e-308'); print('smallest normal number / 2 =', x * float('0.5'))"


class FlushToZero:
    """Sets the control word when the child's Python starts, as a library built with -ffast-math does."""

    name = "ftz"
    title = "subnormal numbers flushed to zero"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return flushing."""
        return (AS_IT_IS, _ON)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Add the lines that set the control word to the start of Python."""
        word = _WORDS.get(platform.machine())
        if value != _ON or word is None:
            return launch
        lines = _STARTUP.format(offset=word[0], bits=word[1])
        return attrs.evolve(launch, python_startup=(*launch.python_startup, lines))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Halve the smallest normal number in the child."""
        remedy = "use Python with ctypes and glibc on x86-64 or aarch64, started without -S, -I or -E"
        other = refuse_without_python(subject)
        return other or compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "load no library that was built with -ffast-math, or scale the data away from subnormal numbers"
