"""The versions this release was made with, held against the ones that run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from verify.bits import BITS_VERSION
from verify.host.channel import CHANNELS, STRICT, find_altered
from verify.results import Result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verify.results import Status

_FILE = Path(__file__).parent.parent / "pins.json"
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
        fingerprint: as returned by `verify.host.fingerprint.capture`.
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
    exact = len(rows)
    for name, version in sorted(pins["packages"].items()):
        found = compared.get(f"package.{name}")
        rows.append((name, version, found, found == version))
    # A set of Nix packages has its own versions of these; the flake's lock decides about them.
    stored = fingerprint.get("context", {}).get("channel.numpy_store_path") is not None
    return [
        _check_pin(number, name, expected, found, same=same, strict=strict and (number <= exact or not stored))
        for number, (name, expected, found, same) in enumerate(rows, start=1)
    ]


def check_channel(
    fingerprint: Mapping[str, Any], pins: Mapping[str, Any] | None = None, altered: Sequence[str] | None = None
) -> list[Result]:
    """Hold the way by which this program came against what that way promises.

    E101 says which way it is; one that nobody knows fails. E102 is where NumPy came from: the Nix store, or a wheel
    whose contents are pinned. E103 says whether NumPy's files are still what its wheel brought. In channels that
    promise exact versions each of them passes or fails; in the others they inform.

    Args:
        fingerprint: as returned by `verify.host.fingerprint.capture`.
        pins: other pins than the ones that ship.
        altered: NumPy's files that are not as they arrived; None to look at the files that are installed here.
    """
    pins = read_pins() if pins is None else pins
    context = fingerprint["context"]
    channel, store, wheel = (context.get(f"channel{part}") for part in ("", ".store_path", ".numpy_wheel"))
    numpy_store = context.get("channel.numpy_store_path")
    strict, known = channel in STRICT, channel in CHANNELS
    identity = store or context.get("channel.image_digest") or (wheel or {}).get("contents")
    rows = [_row("E101", f"this program came as: {channel}", CHANNELS, channel, same=known, strict=strict or not known)]
    rows[0] = attrs.evolve(rows[0], found=[channel, identity])
    if channel == "nix" or numpy_store:
        both = bool(store and numpy_store)
        title = "program and NumPy lie in the Nix store" if both else "NumPy or the program is not from the Nix store"
        rows.append(_row("E102", title, "/nix/store", [store, numpy_store], same=both, strict=strict))
        return rows
    pinned = pins["wheels"]["numpy"].get((wheel or {}).get("tag"))
    same = wheel is not None and wheel["contents"] == pinned
    title = "NumPy's wheel is the pinned one" if same else "NumPy's wheel is none of the pinned ones"
    rows.append(_row("E102", title, pinned, wheel, same=same, strict=strict))
    if wheel is not None:
        altered = find_altered("numpy") if altered is None else altered
        title = "NumPy's files are as they arrived" if not altered else "NumPy's files were altered after they arrived"
        rows.append(_row("E103", title, [], list(altered), same=not altered, strict=strict))
    return rows


def _row(number: str, title: str, expected: object, found: object, *, same: bool, strict: bool) -> Result:
    status: Status = "pass" if same else "fail"
    remedy = None if same else "install it anew through the channel, or use another channel; see docs/determinism.md"
    return Result(
        id=number, title=title, status=status if strict else "info", expected=expected, found=found, remedy=remedy
    )
