"""Copies the running interpreter with all libraries of this machine that it needs: copy_python.py OUT."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

_LEFT_OUT = (
    "__pycache__",
    "config-*",
    "dist-packages",
    "idlelib",
    "site-packages",
    "test",
    "tests",
    "tkinter",
    "turtledemo",
)

# NumPy's own extensions need these, in addition to what the interpreter needs.
_NEEDED = ("libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1", "libstdc++.so.6")


def main() -> int:
    """Copy interpreter and libraries; return the exit code."""
    out = Path(sys.argv[1])
    library = out / "lib" / "python3.13"
    shutil.copytree(sysconfig.get_path("stdlib"), library, ignore=shutil.ignore_patterns(*_LEFT_OUT))
    (library / "site-packages").mkdir()
    (out / "bin").mkdir()
    original, program = Path(sys.executable).resolve(), out / "bin" / "python3.13"
    shutil.copy2(original, program)
    folder = out / "libraries"
    folder.mkdir()
    for file in [original, *sorted(Path(sysconfig.get_path("stdlib")).rglob("*.so"))]:
        listing = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False).stdout
        for path in re.findall(r"(/\S+\.so[.0-9]*)", listing):
            shutil.copy2(Path(path).resolve(), folder / Path(path).name)
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for name in _NEEDED:
        found = re.search(rf"{re.escape(name)} \(libc6,(?:x86-64|AArch64)\) => (\S+)", cache)
        if found:
            shutil.copy2(Path(found[1]).resolve(), folder / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
