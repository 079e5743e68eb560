"""Wheels of one module with one value, made by the test."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def make_wheel(folder: Path, name: str, version: str, *, text: str = "", needs: Sequence[str] = ()) -> str:
    """Write a wheel and return its digest as a lock writes it.

    Args:
        folder: where it is written.
        name: the package, and its module.
        version: its version; by default the module's VALUE is this text.
        text: what the module holds instead.
        needs: requirements in the form of metadata, such as "other>=2".
    """
    info = f"{name}-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {one}\n" for one in needs)
    files = {
        f"{name}.py": text or f"VALUE = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(member), content)
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
