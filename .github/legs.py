"""Writes legs.json, the one list of machines that must agree: the workflow's matrix, and what `agree` expects."""

from __future__ import annotations

import json
from pathlib import Path

SYSTEMS = ("ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2025")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NIX = ("ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel")
IMAGES = ("ubuntu-24.04", "ubuntu-24.04-arm")


def list_legs() -> list[dict[str, str]]:
    """Return every leg with its name, kind, system, and for wheels the versions of Python and NumPy."""
    legs = []
    for system in SYSTEMS:
        versions = [(python, "locked") for python in PYTHONS] + [("3.11", "1.24"), ("3.14", "newest")]
        for python, numpy in versions:
            name = f"wheel-{system}-python-{python}-numpy-{numpy}"
            legs.append({"name": name, "kind": "wheel", "os": system, "python": python, "numpy": numpy})
    legs += [{"name": f"nix-{system}", "kind": "nix", "os": system} for system in NIX]
    legs += [{"name": f"image-{system}", "kind": "image", "os": system} for system in IMAGES]
    return legs


if __name__ == "__main__":
    text = "[\n" + ",\n".join("  " + json.dumps(leg) for leg in list_legs()) + "\n]\n"
    Path(__file__).with_name("legs.json").write_text(text, encoding="utf-8")
