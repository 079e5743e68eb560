"""Writes the versions that the locked nixpkgs has into verify/pins.json (`make pins-from-lock`).

Nix evaluates the flake and builds nothing. Arguments after `--` go to Nix. `--check` compares instead of writing.
Exit codes: 0 written or equal, 1 different, 3 Nix gives no answer.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_NIX = ("nix", "--extra-experimental-features", "nix-command flakes", "eval")

Versions = dict[str, str]


def read_versions(flake: str, options: list[str]) -> Versions:
    """Return the versions of Python, NumPy and OpenBLAS in the package set of a flake, for this machine's system.

    Raises:
        subprocess.CalledProcessError: Nix cannot evaluate the flake; it has said why.
    """
    ask = [*_NIX, "--impure", "--raw", "--expr", "builtins.currentSystem"]
    system = subprocess.run(ask, stdout=subprocess.PIPE, text=True, check=True).stdout
    command = [*_NIX, "--json", *options, f"{flake}#checks.{system}.pins.found"]
    found: Versions = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return found


def set_pins(text: str, found: Versions) -> tuple[str, list[str]]:
    """Return the text of verify/pins.json with these versions, and one line for each that changed."""
    pins = json.loads(text)
    earlier = {"python": pins["python"], "numpy": pins["numpy"], "openblas": pins["openblas"]["nix"]}
    changes = [f"{name} {earlier[name]} -> {found[name]}" for name in earlier if earlier[name] != found[name]]
    pins |= {"python": found["python"], "numpy": found["numpy"]}
    pins["openblas"]["nix"] = found["openblas"]
    return json.dumps(pins, indent=2, sort_keys=True) + "\n", changes


def main() -> int:
    """Write or compare the pins; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the pins, write nothing")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout; default this one")
    parser.add_argument("options", nargs="*", help="options of nix eval, after --")
    arguments = parser.parse_args()
    try:
        found = read_versions(f"path:{arguments.root}", arguments.options)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Nix gives no answer: {error}", file=sys.stderr)
        return 3
    file = arguments.root / "verify" / "pins.json"
    text, changes = set_pins(file.read_text(encoding="utf-8"), found)
    print("\n".join(changes) or "the pins are the versions of the lock")
    if changes and not arguments.check:
        file.write_text(text, encoding="utf-8")
        print("written to verify/pins.json; NumPy's wheels follow requirements.lock: make lock, make pins")
    return int(bool(changes) and arguments.check)


if __name__ == "__main__":
    sys.exit(main())
