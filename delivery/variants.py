"""Trains under several versions of Python with several of NumPy, then compares the digests (`make variants`).

Every environment is made from hash locks: requirements.lock, then one of locks/numpy-*.lock over it. A leg without its
interpreter on this machine is reported as missing; without `--found-only` the outcome is then could-not-judge.
Exit codes: 0 all legs agree, 1 two legs differ, 3 a leg is missing or failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIGS = ("smoke", "baseline")
# NumPy 1.24 is the oldest supported. Its wheels end at CPython 3.11, those of 1.26 at 3.12.
LEGS = (("3.11", "1.24"), ("3.11", "1.26"), ("3.11", "newest"), ("3.13", "locked"), ("3.13", "newest"))

Row = dict[str, str]


def find_interpreter(version: str) -> Path | None:
    """Return a CPython of this minor version from PATH or from pyenv, or None; shims that fail are passed over."""
    installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python{version}"))
    found = shutil.which(f"python{version}")
    for candidate in [*([Path(found)] if found else []), *reversed(installed)]:
        program = "import sys, ensurepip, venv; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"
        done = subprocess.run([candidate, "-c", program], capture_output=True, text=True, check=False)
        if done.stdout.split() == [version, "cpython"]:
            return candidate
    return None


def prepare_environment(interpreter: Path, python: str, numpy: str, directory: Path) -> Path:
    """Return the interpreter of an environment with the locked packages; made again when a lock has changed."""
    locks = [ROOT / "requirements.lock"]
    if numpy != "locked":
        locks.append(ROOT / "locks" / f"numpy-{numpy}.lock")
    state = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    home = directory / f"python-{python}-numpy-{numpy}"
    program, stamp = home / "bin" / "python", home / ".ready"
    if not stamp.is_file() or stamp.read_text(encoding="ascii") != state:
        subprocess.run([interpreter, "-m", "venv", "--clear", home], check=True)
        install = [
            str(program),
            "-m",
            "pip",
            "--disable-pip-version-check",
            "--quiet",
            "install",
            "--only-binary=:all:",
        ]
        for lock in locks:
            subprocess.run([*install, "--no-deps", "--require-hashes", "--requirement", str(lock)], check=True)
        stamp.write_text(state, encoding="ascii")
    return program


def train(program: Path, config: str, runs: Path) -> Row:
    """Train one configuration from the source tree, anew in `runs`, and return versions and digests."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    versions = "import sys, numpy; print('%d.%d.%d' % sys.version_info[:3], numpy.__version__)"
    shown = subprocess.run([program, "-c", versions], capture_output=True, text=True, check=True)
    shutil.rmtree(runs, ignore_errors=True)
    command = [str(program), "-P", "-m", "appliance", "train", "--config", config, "--json", "--out", str(runs)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    digests = json.loads(done.stdout)["digests"]
    python, numpy = shown.stdout.split()
    return {"config": config, "python": python, "numpy": numpy, **digests}


def run_leg(python: str, numpy: str, directory: Path, configs: list[str]) -> list[Row] | str:
    """Return one row for each configuration, or in one line why there is none."""
    interpreter = find_interpreter(python)
    if interpreter is None:
        return f"no CPython {python} with venv on PATH or in pyenv"
    try:
        program = prepare_environment(interpreter, python, numpy, directory)
        return [train(program, name, directory / "runs" / f"{python}-{numpy}-{name}") for name in configs]
    except (subprocess.CalledProcessError, ValueError, KeyError) as error:
        return f"failed: {type(error).__name__}: {error}"


def judge(rows: list[Row], missing: list[str], *, found_only: bool) -> tuple[int, str]:
    """Return exit code and verdict; fewer than two environments cannot be compared."""
    by_config: dict[str, list[str]] = {}
    for row in rows:
        digests = json.dumps({k: v for k, v in row.items() if k not in {"python", "numpy"}}, sort_keys=True)
        by_config.setdefault(row["config"], []).append(digests)
    different = sorted(name for name, found in by_config.items() if any(one != found[0] for one in found))
    if different:
        return 1, f"different: {', '.join(different)}"
    if not by_config or min(len(found) for found in by_config.values()) < len(("one", "other")):
        return 3, "could not judge: fewer than two environments ran"
    if any("failed:" in line for line in missing) or (missing and not found_only):
        return 3, f"could not judge: {len(missing)} environments are missing"
    return 0, f"identical: {len(by_config)} configurations, {len(rows)} runs"


def main(arguments: list[str] | None = None) -> int:
    """Run every leg, print one line for each run, and return the exit code."""
    parser = argparse.ArgumentParser(description="Compare digests between versions of Python and NumPy.")
    parser.add_argument("--found-only", action="store_true", help="judge by the interpreters this machine has")
    parser.add_argument("--config", action="append", help=f"may be repeated; default {', '.join(CONFIGS)}")
    parser.add_argument("--leg", action="append", help="such as 3.13:newest; may be repeated; default all")
    parser.add_argument("--directory", type=Path, default=ROOT / ".venvs", help="where environments are kept")
    options = parser.parse_args(arguments)
    legs = [tuple(leg.split(":", 1)) for leg in options.leg] if options.leg else LEGS
    rows: list[Row] = []
    missing = []
    for python, numpy in legs:
        found = run_leg(python, numpy, options.directory, options.config or list(CONFIGS))
        if isinstance(found, str):
            missing.append(found)
            print(f"missing    python {python}, numpy {numpy}: {found}")
            continue
        rows += found
        for row in found:
            print(f"{row['config']:<10} python {row['python']:<8} numpy {row['numpy']:<7} run {row['run']}", flush=True)
    code, verdict = judge(rows, missing, found_only=options.found_only)
    print(verdict)
    return code


if __name__ == "__main__":
    sys.exit(main())
