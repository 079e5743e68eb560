"""Worlds in which NumPy takes other code: three OpenBLAS kernels, two of them with fewer features of the processor."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITHOUT_AVX = "X86_V4 AVX512_ICL AVX512_SPR X86_V3"
# Every x86-64 processor that NumPy's wheels run on has the first two; other processors have none of these names.
WORLDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Prescott": {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": _WITHOUT_AVX, "PYTHONHASHSEED": "1"},
        "Nehalem": {"OPENBLAS_CORETYPE": "Nehalem", "NPY_DISABLE_CPU_FEATURES": _WITHOUT_AVX, "PYTHONHASHSEED": "2"},
        "Haswell": {"OPENBLAS_CORETYPE": "Haswell", "OPENBLAS_NUM_THREADS": "2", "PYTHONHASHSEED": "3"},
    }
)
