"""Which BLAS kernel, at which SIMD level, the profile `pinned` needs on this processor.

NumPy is not loaded here. The names that NumPy understands in NPY_DISABLE_CPU_FEATURES are those of its wheels of 1.24,
1.26 and 2.0 to 2.4 (`__cpu_dispatch__` on x86-64, the same list in the binary on aarch64); other names disable nothing.
`pinning` reads back whether a plan has taken effect.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import platform
import re
from pathlib import Path
from typing import NamedTuple

from appliance.processes.captured import run_captured
from appliance.processes.child import Command
from verify.errors import CouldNotJudgeError

_CPUINFO = Path("/proc/cpuinfo")
_X86 = ("x86_64", "amd64", "x64")
_ARM = ("aarch64", "arm64")
_OLD_V2 = ("SSSE3", "SSE41", "POPCNT", "SSE42")
_OLD_V3 = ("AVX", "F16C", "FMA3", "AVX2")
_OLD_V4 = (
    "AVX512F", "AVX512CD", "AVX512_KNL", "AVX512_KNM", "AVX512_SKX", "AVX512_CLX", "AVX512_CNL", "AVX512_ICL",
)  # fmt: skip
_ARM_BASELINE = ("NEON", "NEON_FP16", "NEON_VFPV4", "ASIMD")
_WINDOWS_FLAGS = {38: "sse4_2", 40: "avx2"}  # winnt.h, PF_SSE4_2_INSTRUCTIONS_AVAILABLE, PF_AVX2_...


class PinningPlan(NamedTuple):
    """What must be in effect for the profile `pinned`.

    `kernel` is the value for OPENBLAS_CORETYPE, and `reported` lists the names, in lower case, that OpenBLAS may then
    report. Of NumPy's features, `disabled` are switched off, `allowed` may be active, `required` must be active.
    `threads` is the size of every BLAS pool.
    """

    kernel: str
    reported: tuple[str, ...]
    disabled: tuple[str, ...]
    allowed: tuple[str, ...]
    required: tuple[str, ...]
    threads: int


def read_numpy_version() -> tuple[int, int]:
    """Return NumPy's (major, minor) from its metadata, without importing it.

    Raises:
        CouldNotJudgeError: no metadata, so the names of its features are not known.
    """
    try:
        text = importlib.metadata.version("numpy")
    except importlib.metadata.PackageNotFoundError:
        text = "no metadata"
    match = re.match(r"(\d+)\.(\d+)", text)
    if match is None:
        raise CouldNotJudgeError(
            "the version of NumPy cannot be read before it is loaded",
            expected="a version such as 2.4.4",
            found=text,
            remedy="install NumPy with pip, or use --profile portable",
        )
    return int(match[1]), int(match[2])


def parse_cpu_flags(text: str) -> frozenset[str]:
    """Return the feature names on the first `flags` line of a /proc/cpuinfo text."""
    match = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return frozenset(match[1].split()) if match else frozenset()


def read_cpu_flags() -> frozenset[str]:
    """Return the x86 feature names of this processor as Linux spells them; empty where unknown."""
    system = platform.system()
    if system == "Linux" and _CPUINFO.exists():
        return parse_cpu_flags(_CPUINFO.read_text(encoding="utf-8", errors="replace"))
    if system == "Darwin":
        command = ("/usr/sbin/sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features")
        return frozenset(run_captured(Command(arguments=command)).output.lower().replace("sse4.2", "sse4_2").split())
    if system == "Windows":
        has = getattr(ctypes, "windll").kernel32.IsProcessorFeaturePresent  # noqa: B009 - absent elsewhere
        found = {name for number, name in _WINDOWS_FLAGS.items() if has(number)}
        return frozenset(found | ({"fma"} if "avx2" in found else set()))
    return frozenset()


def _list_x86_steps(version: tuple[int, int]) -> tuple[tuple[str, ...], ...]:
    """Return NumPy's names by level: SSE3, SSE4.2, AVX2 with FMA, AVX-512."""
    if version >= (2, 4):
        return (), ("X86_V2",), ("X86_V3",), ("X86_V4", "AVX512_ICL", "AVX512_SPR")
    last = (*_OLD_V4, "AVX512_SPR") if version >= (2, 3) else _OLD_V4
    return ("SSE", "SSE2", "SSE3"), _OLD_V2, _OLD_V3, last


def _plan_x86(flags: frozenset[str], version: tuple[int, int], threads: int) -> PinningPlan:
    kernel, level = ("Prescott", 1)
    if {"avx2", "fma"} <= flags:
        kernel, level = ("Haswell", 3)
    elif "sse4_2" in flags:
        kernel, level = ("Nehalem", 2)
    # On x86-64 OpenBLAS reports its Prescott kernels under the first alias in its table, Katmai.
    reported = ("prescott", "katmai") if kernel == "Prescott" else (kernel.lower(),)
    steps = _list_x86_steps(version)
    kept = max(level, 2) if version >= (2, 4) else level  # X86_V2 is then the baseline, always on
    allowed = tuple(name for step in steps[:kept] for name in step)
    disabled = tuple(name for step in steps[kept:] for name in step)
    return PinningPlan(kernel, reported, disabled, allowed, steps[kept - 1], threads)


def _plan_arm(version: tuple[int, int], threads: int) -> PinningPlan:
    disabled = ["ASIMDHP", "ASIMDFHM"]
    disabled += ["ASIMDDP"] if version < (1, 25) or version >= (2, 4) else []
    disabled += ["SVE"] if version >= (2, 0) else []
    return PinningPlan("ARMV8", ("armv8",), tuple(disabled), _ARM_BASELINE, ("ASIMD",), threads)


def plan_pinning(threads: int = 1) -> PinningPlan:
    """Return the plan of the profile `pinned` for this processor, this NumPy and `threads` BLAS threads.

    Raises:
        CouldNotJudgeError: an instruction set for which no kernel has been chosen.
    """
    machine = platform.machine().lower()
    if machine in _X86:
        return _plan_x86(read_cpu_flags(), read_numpy_version(), threads)
    if machine in _ARM:
        return _plan_arm(read_numpy_version(), threads)
    raise CouldNotJudgeError(
        "no kernel is chosen for the profile pinned on this instruction set",
        expected=" or ".join((_X86[0], _ARM[0])),
        found=machine or "unknown",
        remedy="use --profile portable, which needs no pinning",
    )
