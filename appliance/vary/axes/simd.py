"""The axis `simd`: which instruction sets NumPy's own loops may use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import (
    AS_IT_IS,
    judge,
    look_twice,
    refuse,
    refuse_without_python,
    start_probe,
)

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_VARIABLE = "NPY_DISABLE_CPU_FEATURES"
_TORCH = "ATEN_CPU_CAPABILITY"  # the same for PyTorch; only as a value of one's own
_TORCH_PROBE = "import torch\nprint(torch.backends.cpu.get_cpu_capability())"
_GROUPS_SINCE = (2, 4)  # NumPy's version from which groups replace single features
# What NumPy can switch off, by level, largest first. Names of another version do nothing, without a message.
_NEW = (("X86_V4", "AVX512_ICL", "AVX512_SPR"), ("X86_V3",))
_OLD = (
    (
        "AVX512F", "AVX512CD", "AVX512_KNL", "AVX512_KNM", "AVX512_SKX", "AVX512_CLX", "AVX512_CNL", "AVX512_ICL",
        "AVX512_SPR",
    ),
    ("AVX2", "FMA3"),
    ("AVX", "F16C", "SSE42", "SSE41", "POPCNT", "SSSE3"),
)  # fmt: skip
_ARM = (("SVE", "ASIMDFHM", "ASIMDHP", "ASIMDDP"),)
_PROBE = """
try:
    from numpy._core import _multiarray_umath as m
except ImportError:
    from numpy.core import _multiarray_umath as m
print(*[name for name in m.__cpu_dispatch__ if m.__cpu_features__.get(name)])
"""


class Simd:
    """Switches levels of NumPy's dispatch off, in the names of the child's NumPy; reads its features.

    A value such as ATEN_CPU_CAPABILITY=avx2 does the same for PyTorch, which says what it uses.
    """

    name = "simd"
    title = "instruction sets of NumPy's loops"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:
        """Return the features to switch off: AVX-512 alone, then AVX2 as well."""
        match = re.match(r"(\d+)\.(\d+)", subject.numpy or "")
        if match is None:
            return (AS_IT_IS,)
        new = (int(match[1]), int(match[2])) >= _GROUPS_SINCE
        values, off = [AS_IT_IS], list[str]()
        for level in (*(_NEW if new else _OLD), *_ARM):
            present = [name for name in level if name in subject.cpu_features]
            off += present
            if present:
                values.append(" ".join(off))
        return tuple(values)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Name the features in NPY_DISABLE_CPU_FEATURES, besides those that are switched off already."""
        if value == AS_IT_IS:
            return launch
        if value.startswith(f"{_TORCH}="):
            return attrs.evolve(launch, environment=launch.environment | {_TORCH: value.partition("=")[2]})
        names = f"{launch.environment.get(_VARIABLE, '')} {value}".strip()
        return attrs.evolve(launch, environment=launch.environment | {_VARIABLE: names})

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the features that are active in the child."""
        remedy = f"use the names of NumPy {subject.numpy}: numpy._core._multiarray_umath.__cpu_dispatch__"
        other = refuse_without_python(subject)
        if other is not None:
            return other
        if value.startswith(f"{_TORCH}="):
            before, after = look_twice(self, value, subject, run, start_probe(subject, _TORCH_PROBE))
            return judge(before, after, remedy=f"use a PyTorch that reads {_TORCH}, and another value of it")
        if subject.numpy is None:
            return refuse("the program's Python has no NumPy", "install NumPy into its environment")
        before, after = look_twice(self, value, subject, run, start_probe(subject, _PROBE))
        if not before:
            return refuse("this NumPy has no code beyond its baseline for this processor", remedy)
        kept = [name for name in value.split() if name in after.split()]
        if kept:
            return refuse(f"still active in the child: {' '.join(kept)}", remedy, found=after)
        return judge(before, after or "no feature beyond the baseline", remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return (
            'use kind="stable" in sorts where values can be equal; for exp, log and others use the portable functions, '
            f"or set {_VARIABLE} to one level that every machine has"
        )
