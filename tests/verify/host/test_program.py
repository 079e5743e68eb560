"""Which program made a report."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from support.edits import swap
from verify.host.channel import read_channel
from verify.host.program import digest_source, read_program
from verify.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def copy_packages(root: Path, folder: Path) -> Path:
    """Copy both packages without what Python wrote beside them."""
    for package in ("appliance", "verify"):
        shutil.copytree(root / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_program_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version and the digest are always there, the commit if somebody states it."""
    monkeypatch.delenv("REPRO_APPLIANCE_COMMIT", raising=False)
    assert read_channel()["program.commit"] is None
    found = read_program()
    assert found["program.version"] == __version__
    assert re.fullmatch("sha256:[0-9a-f]{64}", str(found["program.source"]))
    monkeypatch.setenv("REPRO_APPLIANCE_COMMIT", "0123456")
    assert read_channel()["program.commit"] == "0123456"


def test_digest_is_that_of_the_modules(packages_root: Path, tmp_path: Path) -> None:
    """A copy elsewhere, and line endings of Windows, have the same digest; one changed byte has another."""
    folder = copy_packages(packages_root, tmp_path)
    assert digest_source(folder) == digest_source(packages_root)
    module = folder / "verify" / "bits.py"
    content = module.read_bytes()
    module.write_bytes(swap(content, b"\n", b"\r\n"))
    (folder / "appliance" / "notes.txt").write_text("not a module")
    assert digest_source(folder) == digest_source(packages_root)
    module.write_bytes(content + b"#")
    assert digest_source(folder) != digest_source(packages_root)
