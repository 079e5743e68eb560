"""Reads what this machine says about itself; a field that cannot be read is None, never an error."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.host.channel import read_channel
from verify.host.interrupts import hold_interrupts
from verify.host.program import read_program
from verify.host.world import read_surroundings

if TYPE_CHECKING:
    from verify.digests import JsonValue

PACKAGES = ("attrs", "cattrs", "pooch", "psutil", "rich", "threadpoolctl", "typer")
_CPUINFO = Path("/proc/cpuinfo")
_MODEL_KEYS = ("model name", "cpu model", "cpu", "uarch", "machine")  # x86, mips, power, riscv, s390
_NUMPY_FOLDERS = ("numpy.libs", ".dylibs", "numpy")


def _read_blas_build() -> dict[str, str | None]:
    """Return the name and version of the BLAS that NumPy was built with."""
    try:
        build: Any = np.show_config(mode="dicts")
        blas = build["Build Dependencies"]["blas"]
        return {"name": blas.get("name"), "version": blas.get("version")}
    except TypeError:  # NumPy 1.24 can only print its configuration
        settings: Any = importlib.import_module("numpy.__config__")
        for section in ("blas_ilp64_opt", "blas_opt", "openblas64_", "openblas", "blas"):
            libraries = settings.get_info(section).get("libraries")
            if libraries:
                return {"name": str(libraries[0]), "version": None}
    except (KeyError, AttributeError):
        pass
    return {"name": None, "version": None}


def read_blas_build() -> str | None:
    """Return the name of the BLAS that NumPy was built with, None where NumPy does not tell."""
    return _read_blas_build()["name"]


def _find_numpy_pool() -> dict[str, Any]:
    """Return what threadpoolctl says about the BLAS that NumPy calls; empty where it knows none."""
    try:
        import threadpoolctl  # noqa: PLC0415 - optional while running
    except ImportError:
        return {}
    with hold_interrupts():
        found = threadpoolctl.threadpool_info()
    pools = [pool for pool in found if pool.get("user_api") == "blas"]
    own = [pool for pool in pools if any(part in _NUMPY_FOLDERS for part in Path(pool.get("filepath", "")).parts)]
    return dict((own or pools or [{}])[0])


def read_blas() -> dict[str, JsonValue]:
    """Return the BLAS in effect: as built, and as it reports itself while loaded (kernel, layer, threads)."""
    build, pool = _read_blas_build(), _find_numpy_pool()
    return {
        "blas.build_name": build["name"],
        "blas.build_version": build["version"],
        "blas.name": pool.get("internal_api"),
        "blas.version": pool.get("version"),
        "blas.kernel": pool.get("architecture"),
        "blas.threading_layer": pool.get("threading_layer"),
        "blas.threads": pool.get("num_threads"),
    }


def read_cpu_features() -> dict[str, JsonValue]:
    """Return the CPU features NumPy found, its baseline, and which of its dispatch targets are active."""
    for name in ("numpy._core._multiarray_umath", "numpy.core._multiarray_umath"):
        try:
            module: Any = importlib.import_module(name)
            found: dict[str, bool] = module.__cpu_features__
        except (ImportError, AttributeError):
            continue
        return {
            "cpu.features": sorted(feature for feature, present in found.items() if present),
            "numpy.baseline": sorted(module.__cpu_baseline__),
            "numpy.dispatch": sorted(target for target in module.__cpu_dispatch__ if found.get(target)),
        }
    return {"cpu.features": None, "numpy.baseline": None, "numpy.dispatch": None}


def read_libc() -> str | None:
    """Return the C library with its version, such as "glibc 2.36"; None where it has no name."""
    try:
        name = os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, ValueError, OSError):
        name = None
    if name:
        return name
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return " ".join(part for part in platform.libc_ver() if part) or None


def read_package_versions() -> dict[str, str | None]:
    """Return the installed version of each package this project pins; None for one that is absent."""
    versions: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            versions[f"package.{name}"] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[f"package.{name}"] = None
    return versions


def _read_cpu_model() -> str | None:
    try:
        lines = _CPUINFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    table = {key.strip().lower(): value.strip() for key, mark, value in (line.partition(":") for line in lines) if mark}
    return next((table[key] for key in _MODEL_KEYS if table.get(key)), None) or platform.processor() or None


def _read_os_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"


def _read_hardware() -> dict[str, int | None]:
    """Return physical cores and bytes of memory, through psutil where it is installed."""
    try:
        psutil: Any = importlib.import_module("psutil")
    except ImportError:
        names = getattr(os, "sysconf_names", {})
        known = "SC_PHYS_PAGES" in names and "SC_PAGE_SIZE" in names
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if known else None
        return {"cpu.physical_cores": None, "memory.bytes": memory}
    found: dict[str, int | None] = {"cpu.physical_cores": None, "memory.bytes": None}
    with contextlib.suppress(OSError):  # without /proc
        found["cpu.physical_cores"] = psutil.cpu_count(logical=False)
        found["memory.bytes"] = psutil.virtual_memory().total
    return found


def _detect_container() -> str | None:
    for path, name in (("/.dockerenv", "docker"), ("/run/.containerenv", "podman")):
        if Path(path).exists():
            return name
    return os.environ.get("container") or None  # noqa: SIM112 - set in lower case by systemd-nspawn, podman


def read_context() -> dict[str, JsonValue]:
    """Return fields that describe the machine and the user's world, and must not matter to portable results."""
    return {
        "os.name": _read_os_name(),
        "os.kernel": f"{platform.system()} {platform.release()}",
        "cpu.model": _read_cpu_model(),
        "cpu.logical_cores": os.cpu_count(),
        **_read_hardware(),
        "container": _detect_container(),
        **read_channel(),
        **read_program(),
        **read_surroundings(),
    }
