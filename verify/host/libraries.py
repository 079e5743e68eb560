"""Finds loaded libraries from other places than Python, NumPy and the system: they may have changed the processor."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_MAPS = Path("/proc/self/maps")
_SYSTEM = ("/lib", "/usr/lib", "/nix/store")
_PRELOADS = ("LD_PRELOAD", "DYLD_INSERT_LIBRARIES")


def list_foreign_libraries(maps: Path = _MAPS) -> list[str]:
    """Return the paths of loaded libraries that belong to neither the interpreter, its packages nor the system."""
    try:
        lines = maps.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    fields = [line.split(maxsplit=5) for line in lines]
    found = dict.fromkeys(row[5] for row in fields if len(row) > 5)  # noqa: PLR2004 - those with a path
    own = (*_SYSTEM, sys.prefix, sys.base_prefix, *(path for path in sys.path if path.endswith("-packages")))
    libraries = (path for path in found if path.startswith("/") and ".so" in Path(path).name)
    return sorted(path for path in libraries if not path.startswith(own))


def describe_suspects() -> str | None:
    """Return which libraries may have changed the processor's state, in words; None if there is none to name."""
    preloaded = [f"{name}={os.environ[name]}" for name in _PRELOADS if os.environ.get(name)]
    suspects = [*preloaded, *(path for path in list_foreign_libraries() if not any(path in text for text in preloaded))]
    return f"libraries that may have done it: {', '.join(suspects[:5])}" if suspects else None
