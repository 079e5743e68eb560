"""The versions this release was made with, held against the ones that run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.bits import BITS_VERSION
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.results import Status

_FILE = Path(__file__).parent / "pins.json"
_REMEDY = "portable results do not depend on it; install requirements.lock, or use Nix, to have the pinned version"


def read_pins() -> dict[str, Any]:
    """Return the pins that ship with this release."""
    return dict(json.loads(_FILE.read_text(encoding="utf-8")))


def _check_pin(number: int, name: str, expected: object, found: object, *, same: bool, strict: bool) -> Result:
    status: Status = "pass" if same else "fail"
    return Result(
        id=f"E{number:03}",
        title=f"{name} is the pinned version" if same else f"{name} is not the pinned version",
        status=status if strict else "info",
        expected=expected,
        found=found,
        remedy=None if same else _REMEDY,
    )


def _is_release(version: object, line: str) -> bool:
    """Tell whether a version such as 3.13.14 belongs to a release line such as 3.13."""
    return isinstance(version, str) and (version == line or version.startswith(line + "."))


def check_pins(
    fingerprint: Mapping[str, Any], *, strict: bool = False, pins: Mapping[str, Any] | None = None
) -> list[Result]:
    """Hold a fingerprint against the pins.

    E001 is Python, E002 NumPy, E003 OpenBLAS, E004 the bits version, E005 onwards are packages by name.

    Args:
        fingerprint: as returned by `verify.fingerprint.capture`.
        strict: for builds that must carry the pins: each row passes or fails. Otherwise every row only
            informs, since portable results do not depend on versions.
        pins: other pins than the ones that ship.
    """
    pins = read_pins() if pins is None else pins
    compared = fingerprint["compared"]
    python, numpy = compared.get("python.version"), compared.get("numpy.version")
    blas, known = compared.get("blas.version"), sorted(pins["openblas"].values())
    named = blas if compared.get("blas.name") == "openblas" else compared.get("blas.name")
    rows: list[tuple[str, object, object, bool]] = [
        ("Python", pins["python"], python, _is_release(python, pins["python"])),
        ("NumPy", pins["numpy"], numpy, numpy == pins["numpy"]),
        ("OpenBLAS", " or ".join(known), named, named in known),
        ("the bits version", pins["bits"], BITS_VERSION, pins["bits"] == BITS_VERSION),
    ]
    for name, version in sorted(pins["packages"].items()):
        found = compared.get(f"package.{name}")
        rows.append((name, version, found, found == version))
    return [
        _check_pin(number, name, expected, found, same=same, strict=strict)
        for number, (name, expected, found, same) in enumerate(rows, start=1)
    ]
