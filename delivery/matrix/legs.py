"""Writes legs.json, the list of machines that must agree: the workflow's matrix, and what `agree` expects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SYSTEMS = ("ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel", "windows-2025")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
NIX = ("ubuntu-24.04", "ubuntu-24.04-arm", "macos-15", "macos-15-intel")
# What a report from a runner says about it; `agree` compares it with the name of the leg.
RUNNERS = {
    "ubuntu-24.04": {"system": "Linux", "machine": "x86_64"},
    "ubuntu-24.04-arm": {"system": "Linux", "machine": "aarch64"},
    "macos-15": {"system": "Darwin", "machine": "arm64"},
    "macos-15-intel": {"system": "Darwin", "machine": "x86_64"},
    "windows-2025": {"system": "Windows", "machine": "AMD64"},
}
MACHINES = {  # of the members that are not x86_64, which Python calls so
    "i686": "i686",
    "cortex-a53": "aarch64",
    "neoverse-n1": "aarch64",
    "armv7l": "armv7l",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "mips64el": "mips64",
    "riscv64": "riscv64",
}
IMAGES = ("ubuntu-24.04", "ubuntu-24.04-arm")
TARGETS = ("nix", "wheels")
CONFIGS = [
    "smoke", "smoke-f64", "baseline", "lenet-small", "convnet-small", "transformer-small", "regression",
]  # the members of delivery/fleet/fleet.toml verify these  # fmt: skip
# Emulated members of delivery/fleet/fleet.toml by id; each group is one job.
FLEET = {
    "x86-and-arm": ("nehalem", "haswell", "epyc", "i686", "cortex-a53", "neoverse-n1", "armv7l"),
    "others": ("ppc64le", "s390x", "mips64el", "riscv64"),
}


def list_legs() -> list[dict[str, Any]]:
    """Return every leg with its name, kind, system, and what distinguishes it among its kind."""
    legs: list[dict[str, Any]] = []
    for system in SYSTEMS:
        versions = [(python, "locked") for python in PYTHONS] + [("3.11", "1.24"), ("3.14", "newest")]
        for python, numpy in versions:
            name = f"wheel-{system}-python-{python}-numpy-{numpy}"
            leg = {"name": name, "kind": "wheel", "os": system, "python": python, "numpy": numpy, "channel": "wheel"}
            legs.append(leg | RUNNERS[system])
    legs += [
        {"name": f"nix-{system}", "kind": "nix", "os": system, "channel": "nix"} | RUNNERS[system] for system in NIX
    ]
    legs += [
        {"name": f"image-{target}-{system}", "kind": "image", "os": system, "target": target, "channel": "image"}
        | RUNNERS[system]
        for target in TARGETS
        for system in IMAGES
    ]
    legs += [
        {
            "name": f"fleet-{member}",
            "kind": "fleet",
            "os": "ubuntu-24.04",
            "group": group,
            "member": member,
            "configs": CONFIGS,
            "system": "Linux",
            "machine": MACHINES.get(member, "x86_64"),
        }
        for group, members in FLEET.items()
        for member in members
    ]
    return legs


if __name__ == "__main__":
    text = "[\n" + ",\n".join("  " + json.dumps(leg) for leg in list_legs()) + "\n]\n"
    Path(__file__).with_name("legs.json").write_text(text, encoding="utf-8")
