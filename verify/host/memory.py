"""How much memory this process can have."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

# The limits of a container, in versions 2 and 1 of Linux's control groups.
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def read_memory(limits: tuple[Path, ...] = _LIMITS) -> int | None:
    """Return the bytes of memory and swap space of this machine or of this container; None if they are not known."""
    known = [size for size in (_read_machine(), *map(_read_limit, limits)) if size]
    return min(known, default=None)


def _read_machine() -> int | None:
    try:
        psutil: Any = importlib.import_module("psutil")
        return int(psutil.virtual_memory().total) + int(psutil.swap_memory().total)
    except (ImportError, OSError, RuntimeError):  # psutil cannot read /proc where it is hidden
        names = getattr(os, "sysconf_names", {})
        if "SC_PHYS_PAGES" not in names or "SC_PAGE_SIZE" not in names:
            return None
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _read_limit(path: Path) -> int | None:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdecimal() else None
