"""Compares the versions that run with the versions this release was made with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from verify.bits import BITS_VERSION
from verify.catalogue.table import find_check
from verify.errors import CouldNotJudgeError, UsageError
from verify.files.pins import PINS
from verify.host.channel import CHANNELS, STRICT, find_altered
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.digests import JsonObject, JsonValue
    from verify.files.fingerprint import Fingerprint
    from verify.files.pins import Pins
    from verify.results import Result, Status

_FILE = Path(__file__).parent.parent / "pins.json"


def read_pins() -> Pins:
    """Return the pins that ship with this release.

    Raises:
        CouldNotJudgeError: their file is missing or damaged.
    """
    try:
        return PINS.read(_FILE)
    except UsageError as error:
        raise CouldNotJudgeError(
            "the pins of this release cannot be read",
            expected=error.expected,
            found=error.found,
            where=error.where,
            remedy="install the program again",
        ) from error


# Where a channel promises versions, others are a fault of the channel, and no difference of results.
_REMEDIES = {
    "nix": "the flake's lock and verify/pins.json are not of one release: take both from one, or set the pins again"
    " (docs/nix.md)",
    "image": "the image was not built from this release: build it again, or pull the one of the release by its digest",
}


def _is_release(version: object, line: str) -> bool:
    """Tell whether a version such as 3.13.14 belongs to a release line such as 3.13."""
    return isinstance(version, str) and (version == line or version.startswith(line + "."))


def check_pins(fingerprint: Fingerprint, *, strict: bool = False, pins: Pins | None = None) -> list[Result]:
    """Compare a fingerprint with the pins.

    E001 is Python, E002 NumPy, E003 OpenBLAS, E004 the bits version, E005 each other package.

    Args:
        fingerprint: of the environment in question.
        strict: for builds that must carry the pins: each row passes, or could not be judged. Otherwise every row only
            informs, since portable results do not depend on versions.
        pins: other pins than the ones that ship.
    """
    pins = read_pins() if pins is None else pins
    compared = fingerprint.compared
    python, numpy = compared.get("python.version"), compared.get("numpy.version")
    blas, known = compared.get("blas.version"), sorted(pins.openblas.values())
    named = blas if compared.get("blas.name") == "openblas" else compared.get("blas.name")
    rows: list[tuple[str, str, object, object, bool]] = [
        ("E001", "Python", pins.python, python, _is_release(python, pins.python)),
        ("E002", "NumPy", pins.numpy, numpy, numpy == pins.numpy),
        ("E003", "OpenBLAS", " or ".join(known), named, named in known),
        ("E004", "the bits version", pins.bits, BITS_VERSION, pins.bits == BITS_VERSION),
    ]
    # A set of Nix packages has its own versions of these; the flake's lock decides about them.
    stored = fingerprint.context.get("channel.numpy_store_path") is not None
    for name, version in sorted(pins.packages.items()):
        found = compared.get(f"package.{name}")
        rows.append(("E005", name, version, found, found == version))
    channel = str(fingerprint.context.get("channel"))
    return [
        _check_pin(
            number,
            name,
            expected,
            found,
            same=same,
            channel=channel if strict and not (stored and number == "E005") else None,
        )
        for number, name, expected, found, same in rows
    ]


def _check_pin(number: str, name: str, expected: object, found: object, *, same: bool, channel: str | None) -> Result:
    """Compare one version; `channel` is the one that promises it, None where versions only inform."""
    other = f"the version that the channel {channel} promises" if channel else "the pinned version"
    title = f"{name} is the pinned version" if same else f"{name} is not {other}"
    return _row(number, title, expected, found, same=same, channel=channel)


def check_channel(context: JsonObject, pins: Pins | None = None, altered: Sequence[str] | None = None) -> list[Result]:
    """Compare the channel through which this program was installed with what that channel promises.

    E101 is the channel; an unknown one could not be judged. E102 is where NumPy came from: the Nix store, or a wheel
    with pinned contents. E103 says whether NumPy's files are still those of its wheel. In channels that promise exact
    versions each of them passes or could not be judged; in the others they inform.

    Args:
        context: the section `context` of a fingerprint.
        pins: other pins than the ones that ship.
        altered: NumPy's files that are not those of its wheel; None to check the files that are installed here.
    """
    pins = read_pins() if pins is None else pins
    channel, store, numpy_store = (context.get(f"channel{p}") for p in ("", ".store_path", ".numpy_store_path"))
    wheel = context.get("channel.numpy_wheel")
    wheel = wheel if isinstance(wheel, dict) else {}
    promised, known = str(channel) if channel in STRICT else None, channel in CHANNELS
    identity = store or context.get("channel.image_digest") or wheel.get("contents")
    rows = [
        _row(
            "E101",
            f"this program came as: {channel}",
            CHANNELS,
            channel,
            same=known,
            channel=promised if known else str(channel),
        )
    ]
    rows[0] = attrs.evolve(rows[0], found=[channel, identity])
    if channel == "nix" or numpy_store:
        both = bool(store and numpy_store)
        title = "program and NumPy are in the Nix store" if both else "NumPy or the program is not from the Nix store"
        return [*rows, _row("E102", title, "/nix/store", [store, numpy_store], same=both, channel=promised)]
    return [*rows, *_check_wheel(wheel, pins, altered, channel=promised)]


def _check_wheel(
    wheel: dict[str, JsonValue], pins: Pins, altered: Sequence[str] | None, *, channel: str | None
) -> list[Result]:
    pinned = pins.wheels.get("numpy", {}).get(str(wheel.get("tag")))
    same = bool(wheel) and pinned is not None and wheel.get("contents") == pinned
    title = "NumPy's wheel is the pinned one" if same else "NumPy's wheel is none of the pinned ones"
    rows = [_row("E102", title, pinned, wheel or None, same=same, channel=channel)]
    if wheel:
        altered = find_altered("numpy") if altered is None else altered
        title = "NumPy's files are those of its wheel" if not altered else "NumPy's files were changed after installing"
        rows.append(_row("E103", title, [], list(altered), same=not altered, channel=channel))
    return rows


def _row(number: str, title: str, expected: object, found: object, *, same: bool, channel: str | None) -> Result:
    status: Status = "pass" if same else "could-not-judge"
    remedy = None if same else _REMEDIES.get(channel or "", find_check(number).remedy)
    return make_result(
        number, status if channel else "info", title=title, expected=expected, found=found, remedy=remedy
    )
