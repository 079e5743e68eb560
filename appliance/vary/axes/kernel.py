"""The axis `kernel`: which code for which processor the BLAS chooses."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import attrs

from appliance.launch.kernels import read_cpu_flags
from appliance.vary.axes.libraries import start_reading
from appliance.vary.axes.probing import AS_IT_IS, judge, look_twice, refuse

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

# OpenBLAS: the name of a core, with the processor features that its code needs (cpuid_x86.c, dynamic.c).
_X86_CORES = (
    ("SkylakeX", {"avx512f", "avx512dq", "avx512bw", "avx512vl"}),
    ("Haswell", {"avx2", "fma"}),
    ("Nehalem", {"sse4_2"}),
    ("Prescott", {"pni"}),
)
_ARM_CORES = ("ARMV8", "NEOVERSEN1")
_MKL = ("MKL_CBWR=COMPATIBLE", "MKL_CBWR=AVX2", "MKL_ENABLE_INSTRUCTIONS=SSE4_2")
# BLIS 0.9 takes the number of an architecture (4 is sandybridge) and reads a name as 0; later versions take names.
_BLIS = ("BLIS_ARCH_TYPE=haswell", "BLIS_ARCH_TYPE=generic", "BLIS_ARCH_TYPE=4")


class Kernel:
    """Chooses a core of OpenBLAS, or the counterpart of MKL or BLIS; reads the name of the kernel in the child."""

    name = "kernel"
    title = "kernel of the BLAS library"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:
        """Return what the loaded libraries understand, without the kernel that the baseline has."""
        names = {str(entry.get("internal_api")) for entry in subject.blas}
        active = {str(entry.get("architecture")).lower() for entry in subject.blas}
        values: list[str] = []
        if "openblas" in names:
            values += [core for core in _list_cores() if core.lower() not in active]
        if "mkl" in names:
            values += _MKL
        if "blis" in names:
            values += [value for value in _BLIS if value.partition("=")[2] not in active]
        return (AS_IT_IS, *values)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Set OPENBLAS_CORETYPE, or the variable that the value names: MKL_CBWR=AVX2."""
        if value == AS_IT_IS:
            return launch
        name, equals, setting = value.partition("=")
        variables = {name: setting} if equals else {"OPENBLAS_CORETYPE": value}
        return attrs.evolve(launch, environment=launch.environment | variables)

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the names of the kernels in the child; for MKL also the bits of a product."""
        before, after = look_twice(self, value, subject, run, start_reading(subject, "kernel"))
        remedy = "use a NumPy with OpenBLAS built for many processors, and a name that this library and processor have"
        if not before:
            return refuse("no BLAS that tells its kernel was found in the child", remedy)
        wanted = value.removeprefix("BLIS_ARCH_TYPE=")
        if wanted != value and not wanted.isdecimal() and wanted not in after:
            return refuse(f"the kernel in the child is not {wanted}: this BLIS knows numbers only", remedy, found=after)
        return judge(before, after, remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return (
            "set OPENBLAS_CORETYPE (MKL: MKL_CBWR; BLIS: BLIS_ARCH_TYPE) to one kernel that every machine has, "
            "or use appliance.matmul for the product that differs, with a vector v as v[:, None]"
        )


def _list_cores() -> list[str]:
    """Return the cores of OpenBLAS that this processor can run."""
    if platform.machine().lower() in {"aarch64", "arm64"}:
        return [*_ARM_CORES]
    flags = read_cpu_flags()
    return [core for core, needed in _X86_CORES if needed <= flags]
