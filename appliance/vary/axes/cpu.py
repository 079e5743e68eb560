"""The axis `cpu`: another model of processor, emulated."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.executables import expand_script
from appliance.vary.axes.probing import AS_IT_IS, compare, refuse, start_probe

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_MODELS = {"x86_64": ("Nehalem", "Haswell"), "aarch64": ("cortex-a57", "neoverse-n1")}
_PROBE = """
import ctypes, math, zlib
library = ctypes.CDLL(None)
library.getauxval.restype, library.getauxval.argtypes = ctypes.c_ulong, [ctypes.c_ulong]
bits = "".join(float.hex(math.sin(x / 7) + math.exp(x / 9)) for x in range(999))
print("hardware capabilities %x, bits of sin and exp %08x" % (library.getauxval(16), zlib.crc32(bits.encode())))
try:
    from numpy._core._multiarray_umath import __cpu_features__ as found
    print("features of NumPy:", sum(found.values()))
except ImportError:
    pass
"""


class Cpu:
    """Runs the program under qemu-user with another model; reads its capabilities in the child. Slow, so on demand."""

    name = "cpu"
    title = "model of the processor, emulated"
    default = False

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return an old and a newer model of this instruction set."""
        return (AS_IT_IS, *_MODELS.get(platform.machine(), ()))

    def apply(self, value: str, launch: Launch) -> Launch:
        """Put qemu before the command, which must then start with a binary program. Its own children run natively."""
        emulator = _find_emulator()
        if value == AS_IT_IS or emulator is None:
            return launch
        command = expand_script(launch.command, launch.environment.get("PATH"))
        return attrs.evolve(launch, prefix=(*launch.prefix, emulator, "-cpu", value), command=command)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare capabilities, features of NumPy and bits of two functions in the child."""
        remedy = "install the package qemu-user-static, and give one of the models that qemu lists with -cpu help"
        if _find_emulator() is None:
            return refuse(f"no emulator for {platform.machine()} is installed", remedy)
        if value == AS_IT_IS:
            return refuse(f"no model of {platform.machine()} is known", remedy)
        return compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "vary kernel, simd and libm alone: one of them is what the model of the processor changes"


def _find_emulator() -> str | None:
    """Return the emulator of qemu for this instruction set."""
    name = f"qemu-{platform.machine()}"
    return shutil.which(name) or shutil.which(f"{name}-static")
