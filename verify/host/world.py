"""Reads the world in which the user started the program: variables, locale, directory, limits, packages.

What a restart of the interpreter changes comes from the origin of the process (`verify.startup.origin`).
"""

from __future__ import annotations

import contextlib
import hashlib
import locale
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from verify.startup.origin import describe_start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.digests import JsonValue

_PRELOAD = Path("/etc/ld.so.preload")
_STATUS = Path("/proc/self/status")
_COMPARED = ("GLIBC_TUNABLES", "PYTHONHASHSEED")
# They choose libraries, kernels, threads, memory: what can change the bits of native arithmetic.
_COMPARED_PREFIXES = (
    "BLIS_", "DYLD_", "GOTO_", "KMP_", "LD_", "MALLOC_", "MKL_", "NPY_", "NUMEXPR_", "OMP_", "OPENBLAS_", "VECLIB_",
)  # fmt: skip
_LONGEST = 1000


def read_variables() -> dict[str, JsonValue]:
    """Return the user's environment variables that can change native bits, and the libraries that are preloaded."""
    return {
        **{f"env.{name}": value for name, value in _list_variables() if _is_compared(name)},
        "preloaded": _read_preloaded(),
    }


def read_hash_randomization() -> int:
    """Return whether Python hashed with random seeds when the user started it."""
    return describe_start().hash_randomization


def read_surroundings() -> dict[str, JsonValue]:
    """Return the rest of the user's world, which can change what other programs print, and no portable result."""
    affinity = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None
    return {
        **{f"env.{name}": value for name, value in _list_variables() if not _is_compared(name)},
        "cpu.affinity": None if affinity is None else len(affinity),
        "cpu.affinity_list": None if affinity is None else _join_ranges(affinity),
        "directory": _digest_directory(),
        "locale": locale.setlocale(locale.LC_ALL),
        "time_zone": time.tzname[0],
        "time_zone.seconds_west": time.timezone,
        "umask": _read_umask(),
        **{f"installed.{name}": version for name, version in sorted(_list_installed())},
    }


def _list_variables() -> Iterator[tuple[str, str]]:
    """Yield the variables of the user's world with short values, in which the home directory is `~`."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises where there is none
    for name, value in sorted(describe_start().environment.items()):
        shown = value.replace(home, "~") if len(home) > 1 else value
        yield name, shown if len(shown) <= _LONGEST else f"sha256:{_digest(shown)}"


def _is_compared(name: str) -> bool:
    return name in _COMPARED or name.startswith(_COMPARED_PREFIXES)


def _read_preloaded() -> list[JsonValue]:
    """Return the names of the libraries that are loaded into every program: LD_PRELOAD, /etc/ld.so.preload."""
    start = describe_start().environment
    text = " ".join(start.get(name, "") for name in ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES"))
    with contextlib.suppress(OSError):
        text += " " + _PRELOAD.read_text(encoding="utf-8", errors="replace")[:_LONGEST]
    return [Path(name).name for name in text.replace(":", " ").split()]


def _digest_directory() -> str | None:
    """Return a short digest of the working directory: it shows a difference and names no place."""
    try:
        return f"sha256:{_digest(os.getcwd())[:16]}"  # noqa: PTH109 - a text is enough
    except OSError:
        return None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()


def _join_ranges(numbers: list[int]) -> str:
    """Return sorted numbers as the system writes them, such as "0-3,6"."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)


def _read_umask() -> str | None:
    """Return the file mode creation mask, where it can be read without a change."""
    try:
        lines = _STATUS.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("Umask:")), None)


def _list_installed() -> Iterator[tuple[str, str]]:
    """Yield name and version of every package on the import path, the first of a name only; read from folder names."""
    seen = set()
    for folder in sys.path:
        try:
            entries = sorted(os.listdir(folder or os.curdir))  # noqa: PTH208 - entries of sys.path are texts
        except OSError:
            continue
        for entry in entries:
            stem, ending = os.path.splitext(entry)  # noqa: PTH122 - as above
            name, mark, version = stem.partition("-")
            if mark and ending in (".dist-info", ".egg-info"):
                name = name.lower().replace("_", "-")
                if name not in seen:
                    seen.add(name)
                    yield name, version
