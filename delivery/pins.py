"""Writes the contents of every published wheel of the pinned NumPy into verify/pins.json (`make pins`).

It downloads the wheel of each platform and interpreter with the hashes of the lock, so that it reads only files that
the lock names, and digests what RECORD lists. `--check` compares with the pins instead of writing. Exit codes: 0
written or equal, 1 different.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from verify.host.channel import digest_contents

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "verify" / "pins.json"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_28_aarch64", "macosx_14_0_arm64", "macosx_14_0_x86_64", "win_amd64")


def read_contents(wheel: Path) -> tuple[str, str]:
    """Return the first tag of a wheel and the digest of its contents."""
    with zipfile.ZipFile(wheel) as archive:
        folder = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD")).rpartition("/")[0]
        rows = csv.reader(io.StringIO(archive.read(f"{folder}/RECORD").decode("utf-8")))
        lines = [(row[0], row[1]) for row in rows if row]
        tags = archive.read(f"{folder}/WHEEL").decode("utf-8").splitlines()
    tag = next(line.partition(":")[2].strip() for line in tags if line.startswith("Tag:"))
    return tag, digest_contents(lines)


def read_entry(name: str, lock: str) -> str:
    """Return what a lock says of one package: its version and hashes, without the packages that ask for it."""
    lines = iter(lock.splitlines())
    entry = [next(line for line in lines if line.startswith(f"{name}=="))]
    for line in lines:
        if not line.lstrip().startswith("--hash"):
            break
        entry.append(line)
    return "\n".join(entry) + "\n"


def download(python: str, platform: str, folder: Path) -> Path:
    """Return the wheel of NumPy that the lock gives for an interpreter and a platform."""
    target = folder / f"{python}-{platform}"
    lock = target.with_suffix(".lock")
    lock.write_text(read_entry("numpy", (ROOT / "requirements.lock").read_text(encoding="utf-8")), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps"]
    command += ["--only-binary=:all:", "--require-hashes", "--requirement", str(lock), "--dest", str(target)]
    command += ["--python-version", python, "--platform", platform]
    subprocess.run(command, check=True)
    (wheel,) = target.glob("numpy-*.whl")
    return wheel


def main() -> int:
    """Download all wheels, then write or compare the pins; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the pins, write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheels = [download(python, platform, Path(folder)) for platform in PLATFORMS for python in PYTHONS]
        contents = dict(sorted(read_contents(wheel) for wheel in wheels))
    pins = json.loads(PINS.read_text(encoding="utf-8"))
    if arguments.check:
        return int(pins["wheels"]["numpy"] != contents)
    pins["wheels"] = {"numpy": contents}
    PINS.write_text(json.dumps(pins, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(contents)} wheels of NumPy {pins['numpy']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
