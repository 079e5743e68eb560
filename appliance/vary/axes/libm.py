"""The axis `libm`: which variants of sin, exp and others the C library chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, refuse_other_library, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_WITHOUT_FMA = "without-fma"
# Names until glibc 2.32 end in _Usable; the tunable is called glibc.tune.hwcaps in 2.26. glibc ignores other names.
_HWCAPS = "-FMA,-FMA4,-AVX2,-FMA_Usable,-FMA4_Usable,-AVX2_Usable"
_TUNABLES = (f"glibc.cpu.hwcaps={_HWCAPS}", f"glibc.tune.hwcaps={_HWCAPS}")
_PROBE = """
import math, zlib
parts, x = [], 0.1
for _ in range(3000):
    x = (x * 1.0001 + 0.37) % 700
    parts += [math.sin(x), math.cos(x), math.tan(x), math.exp(x - 350), math.log(x + 0.001), math.pow(x + 0.001, 1.37)]
print("bits of sin, cos, tan, exp, log, pow: %08x" % zlib.crc32("".join(map(float.hex, parts)).encode()))
"""


class Libm:
    """Takes FMA and AVX2 from glibc's choice of variants; reads the bits of some functions in the child."""

    name = "libm"
    title = "variants of the C library's functions"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return the variants without FMA."""
        return (AS_IT_IS, _WITHOUT_FMA)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set GLIBC_TUNABLES in all its spellings; another value than the axis's own is the tunable's text."""
        if value == AS_IT_IS:
            return launch
        given = launch.environment.get("GLIBC_TUNABLES")
        wanted = _TUNABLES if value == _WITHOUT_FMA else (value,)
        text = ":".join([*([given] if given else []), *wanted])
        return attrs.evolve(launch, environment=launch.environment | {"GLIBC_TUNABLES": text})

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the bits of sin, cos, tan, exp, log and pow in the child."""
        remedy = "use glibc 2.26 or newer on a processor with FMA, or run on another C library"
        other = refuse_other_library(subject)
        return other or compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "replace the C library's functions (math.*, np.sin, legacy random normals) by portable ones"
