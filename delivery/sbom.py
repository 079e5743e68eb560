"""Writes the bill of materials as CycloneDX 1.6, from the hash lock and the pins: sbom.py FILE.

It is deterministic: it holds no time, and its serial number is a hash of its content.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def read_lock(text: str) -> list[dict[str, Any]]:
    """Return one component for each package of a hash lock, with the hashes of all its files."""
    components = []
    for entry in re.split(r"\n(?=[a-z0-9])", text):
        found = re.match(r"([a-z0-9][a-z0-9._-]*)==([^\s;]+)", entry)
        if found:
            name, version = found.groups()
            files = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)
            components.append(
                {
                    "type": "library",
                    "bom-ref": f"pkg:pypi/{name}@{version}",
                    "name": name,
                    "version": version,
                    "purl": f"pkg:pypi/{name}@{version}",
                    "hashes": [{"alg": "SHA-256", "content": content} for content in files],
                }
            )
    return components


def make_bom(lock: str, pins: dict[str, Any], version: str) -> dict[str, Any]:
    """Return the bill of materials of this version of the program."""
    native = [("python", pins["python"]), ("openblas", pins["openblas"]["wheel"])]
    components = [{"type": "library", "bom-ref": name, "name": name, "version": number} for name, number in native]
    components += read_lock(lock)
    serial = uuid.UUID(
        hashlib.sha256(json.dumps([version, components], sort_keys=True).encode()).hexdigest()[:32], version=4
    )
    application = {"type": "application", "bom-ref": "repro-appliance", "name": "repro-appliance", "version": version}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": application},
        "components": components,
        "dependencies": [{"ref": "repro-appliance", "dependsOn": [part["bom-ref"] for part in components]}],
    }


def main(arguments: list[str]) -> int:
    """Write the bill of materials into the file; return the exit code."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pins = json.loads((ROOT / "verify" / "pins.json").read_text(encoding="utf-8"))
    module = (ROOT / "verify" / "version.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "([^"]+)"', module)
    if version is None:
        raise ValueError("verify/version.py names no version")
    text = json.dumps(make_bom(lock, pins, version[1]), indent=2, sort_keys=True) + "\n"
    Path(arguments[0]).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
