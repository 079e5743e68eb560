"""Which program this is: its version, and the digest of its source."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from verify.digests import digest_json
from verify.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verify.digests import JsonValue

_ROOT = Path(__file__).resolve().parent.parent.parent
_PACKAGES = ("appliance", "verify")


def read_program() -> dict[str, JsonValue]:
    """Return version and source of this program by dotted name.

    The source is one digest over all modules of both packages, so that it is the same for one commit in a checkout, a
    wheel, an image and Nix.
    """
    return {
        "program.version": __version__,
        "program.source": digest_source(),
    }


def digest_source(root: Path = _ROOT) -> str | None:
    """Return the digest of the modules below the directory of both packages; None where they cannot be read."""
    try:
        return digest_json(list(_list_modules(root)))
    except OSError:
        return None


def _list_modules(root: Path) -> Iterator[list[JsonValue]]:
    """Yield name and digest of every module, in the order of the names; line endings of Windows do not count."""
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py"), key=lambda path: path.relative_to(root).parts):
            content = path.read_bytes().replace(b"\r\n", b"\n")
            yield [path.relative_to(root).as_posix(), hashlib.sha256(content).hexdigest()]
