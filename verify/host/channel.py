"""The channel through which this program was installed, read from where its files lie."""

from __future__ import annotations

import base64
import csv
import hashlib
import importlib.metadata
import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from verify.digests import digest_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verify.digests import JsonValue

CHANNELS = ("nix", "image", "wheel", "checkout")
# Channels that promise exact versions; in the others versions only inform.
STRICT = ("nix", "image")
# A file that the image of wheels holds at the root of its environment; the other image is in the Nix store.
IMAGE_MARK = "repro-appliance-image"
# Written by the installer, not by the wheel.
_INSTALLER_FILES = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json")


def detect_channel() -> str:
    """Return how this program was installed: one of CHANNELS, or what REPRO_APPLIANCE_CHANNEL declares.

    A declaration can only make checks stricter: inside Nix or an image no other channel than these two is believed. One
    that is unknown is returned, and E101 fails.
    """
    found = _find_channel(Path(__file__).resolve(), Path(sys.prefix))
    declared = os.environ.get("REPRO_APPLIANCE_CHANNEL") or found
    return found if found in STRICT and declared in CHANNELS and declared not in STRICT else declared


def _find_channel(file: Path, prefix: Path) -> str:
    """Return the channel that the place of this program shows."""
    if find_store_path(file):
        return "nix"
    if (prefix / IMAGE_MARK).is_file():
        return "image"
    return "wheel" if {"site-packages", "dist-packages"} & set(file.parts) else "checkout"


def find_store_path(path: Path) -> str | None:
    """Return the entry of the Nix store that holds a file, such as /nix/store/HASH-NAME; None outside the store."""
    parts = path.parts
    return "/".join(["", *parts[1:4]]) if parts[1:3] == ("nix", "store") and len(parts) > 3 else None  # noqa: PLR2004


def is_from_wheel(name: str) -> bool:
    """Tell whether a line of RECORD speaks of a file that the wheel brought, not of one that an installer made."""
    parts = name.split("/")
    made = len(parts) > 1 and parts[-2].endswith(".dist-info") and parts[-1] in _INSTALLER_FILES
    return not (made or name.startswith((".", "/")) or name.endswith(".pyc"))


def digest_contents(lines: Iterable[tuple[str, str]]) -> str:
    """Return the digest of a wheel's contents, from the (file, "sha256=...") lines of its RECORD in any order.

    It is the same for the wheel as published and as installed, whoever installed it.
    """
    return digest_json(sorted([name, mark] for name, mark in lines if mark and is_from_wheel(name)))


def read_wheel(name: str) -> dict[str, str] | None:
    """Return version, tag and digest of the contents of an installed wheel; None where there is no such thing."""
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    lines = [(str(file), f"{file.hash.mode}={file.hash.value}") for file in distribution.files or () if file.hash]
    tags = [line.partition(":")[2].strip() for line in (distribution.read_text("WHEEL") or "").splitlines()]
    tag = next((text for text in tags if text.count("-") >= 2), None)  # noqa: PLR2004 - python, abi, platform
    if not lines or tag is None:
        return None
    return {"version": distribution.version, "tag": tag, "contents": digest_contents(lines)}


def find_altered(name: str) -> list[str]:
    """Return which files of an installed wheel are missing or not as its RECORD has them, sorted."""
    distribution, altered = importlib.metadata.distribution(name), []
    # From RECORD itself: `files` leaves out what is missing, since CPython 3.12.
    for file, mark, _ in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
        mode, _, expected = mark.partition("=")
        if not expected or not is_from_wheel(file):
            continue
        try:
            content = Path(str(distribution.locate_file(file))).read_bytes()
        except OSError:
            altered.append(file)
            continue
        found = base64.urlsafe_b64encode(hashlib.new(mode, content).digest()).rstrip(b"=").decode()
        if found != expected:
            altered.append(file)
    return sorted(altered)


def read_channel() -> dict[str, JsonValue]:
    """Return the channel and what identifies what came through it, by dotted name; None for what does not apply.

    An image cannot contain its own digest: pass REPRO_APPLIANCE_IMAGE_DIGEST when it is started. Who knows the commit
    of the program, such as a CI job, can pass REPRO_APPLIANCE_COMMIT.
    """
    numpy = importlib.util.find_spec("numpy")
    return {
        "channel": detect_channel(),
        "channel.store_path": find_store_path(Path(__file__).resolve()),
        "channel.numpy_store_path": find_store_path(Path(numpy.origin).resolve()) if numpy and numpy.origin else None,
        "channel.image_digest": os.environ.get("REPRO_APPLIANCE_IMAGE_DIGEST"),
        "channel.numpy_wheel": read_wheel("numpy"),
        "program.commit": os.environ.get("REPRO_APPLIANCE_COMMIT") or None,
    }
