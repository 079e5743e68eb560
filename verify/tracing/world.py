"""Reads back the world of this process: versions, libraries with kernel and threads, processor features, probes."""

from __future__ import annotations

import ctypes
import hashlib
import math
import os
import platform
import struct
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

PREFIXES = (
    "ATEN_", "BLIS_", "DNNL_", "GOTO_", "KMP_", "LC_", "MALLOC_", "MKL_", "NPY_", "NUMEXPR_", "OMP_", "ONEDNN_",
    "OPENBLAS_", "VECLIB_",
)  # fmt: skip
NAMES = ("GLIBC_TUNABLES", "LANG", "LD_PRELOAD", "LOCPATH", "PYTHONHASHSEED", "TZ")
_SUFFIXES = ("", "64_")
_MOST = 1000


def read_variables() -> dict[str, str]:
    """Return the variables of this process that name a world."""
    chosen = (name for name in sorted(os.environ) if name in NAMES or name.startswith(PREFIXES))
    return {name: os.environ[name][:_MOST] for name in chosen}


def read_world() -> dict[str, Any]:
    """Return what this process runs on, as read back now."""
    numpy = sys.modules.get("numpy")
    world: dict[str, Any] = {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "machine": platform.machine(),
        "system": platform.system(),
        "libc": " ".join(platform.libc_ver()),
        "byte_order": sys.byteorder,
        "hash_randomization": sys.flags.hash_randomization,
        "libm": _probe_libm(),
        "flush_to_zero": _halve_smallest() == 0,
        "processors": _count_processors(),
    }
    if numpy is not None:
        world["numpy"] = numpy.__version__
        world["numpy_features"] = _read_features()
    for name in ("scipy", "sklearn", "pandas", "torch"):
        if name in sys.modules:
            world[name] = str(getattr(sys.modules[name], "__version__", "?"))
    libraries = [_describe_library(path) for path in _list_libraries()]
    world["libraries"] = [library for library in libraries if library is not None]
    return world


def _count_processors() -> int | None:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _halve_smallest() -> float:
    return float.fromhex("0x1p-1022") / 2


def _probe_libm() -> str:
    """Return a digest of a few values of the C library's functions."""
    digest = hashlib.sha256()
    for number in range(1, 2000):
        x = number * 0.0137
        for name in ("exp", "log", "sin", "pow"):
            function = getattr(math, name)
            value = function(x, 1.7) if name == "pow" else function(x)
            digest.update(struct.pack("<d", value))
    return digest.hexdigest()[:16]


def _read_features() -> list[str]:
    """Return the processor features that NumPy uses, as far as it tells."""
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        features = getattr(sys.modules.get(name), "__cpu_features__", None)
        if isinstance(features, dict):
            return sorted(key for key, used in features.items() if used)
    return []


def _list_libraries() -> list[str]:
    """Return the loaded libraries of linear algebra and of threads."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            paths = {line.split(maxsplit=5)[5].strip() for line in maps if line.count("/") and ".so" in line}
    except OSError:
        return []
    words = ("openblas", "libblis", "libmkl_rt", "libgomp", "libomp", "libiomp")
    return sorted(path for path in paths if any(word in os.path.basename(path) for word in words))


def _describe_library(path: str) -> dict[str, Any] | None:
    """Return name, kernel and threads of a loaded library, asked of itself."""
    try:
        library = ctypes.CDLL(path, mode=getattr(os, "RTLD_NOLOAD", 0) | ctypes.RTLD_LOCAL)
    except OSError:
        return None
    described: dict[str, Any] = {"file": os.path.basename(path)}
    for key, kind, names in (
        ("kernel", ctypes.c_char_p, _spell("openblas_get_corename")),
        ("version", ctypes.c_char_p, _spell("openblas_get_config")),
        ("threads", ctypes.c_int, [*_spell("openblas_get_num_threads"), "omp_get_max_threads", "MKL_Get_Max_Threads"]),
    ):
        value = _ask(library, names, kind)
        if value is not None:
            described[key] = value
    return described


def _spell(name: str) -> list[str]:
    return [f"{prefix}{name}{suffix}" for prefix in ("", "scipy_") for suffix in _SUFFIXES]


def _ask(library: ctypes.CDLL, names: list[str], kind: Any) -> Any:  # noqa: ANN401 - a type of ctypes and its value
    for name in names:
        function = getattr(library, name, None)
        if function is not None:
            function.restype, function.argtypes = kind, []
            value = function()
            return value.decode("ascii", "replace").strip() if isinstance(value, bytes) else value
    return None
