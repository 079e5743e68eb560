"""Tries the program with the oldest versions that pyproject.toml allows, or with the newest that there are.

`make lower-bounds` and `make newest` run it.
The versions are installed without hashes, because no lock holds them. Exit codes: 0 every command worked, 1 one did
not, 3 the versions cannot be installed or there is no CPython 3.11.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from delivery.variants import ROOT, find_interpreter

_PYTHON = "3.11"
_BOUND = re.compile(r"([A-Za-z0-9._-]+)>=([0-9][0-9.]*)")
COMMANDS = (
    ("--help",),
    ("train", "--help"),
    ("train", "--config", "smoke", "--json", "--out", "run"),
    ("report", "run", "-o", "run.html"),
    ("verify", "smoke", "--json"),
    ("benchmark", "--config", "smoke", "--repeats", "2"),
    ("golden", "check"),
    ("data", "list"),
    ("data", "check", "synthetic"),
    ("fingerprint", "--json"),
    ("--show-completion", "bash"),
)
REFUSED = (("train", "--no-such-option"), ("no-such-command",), ("train", "--config", "smoke", "--threads", "many"))
"""Command lines that are mistakes: exit code 2, whatever the parser raises."""


def read_bounds(text: str) -> list[str]:
    """Return the dependencies of a pyproject.toml, each with its lower bound as the one version, and those of `report`.

    Raises:
        ValueError: a dependency has no lower bound, or another condition beside it.
    """
    bounds = []
    project = tomllib.loads(text)["project"]
    for dependency in [*project["dependencies"], *project.get("optional-dependencies", {}).get("report", ())]:
        match = _BOUND.fullmatch(dependency)
        if match is None:
            raise ValueError(f"not a name with one lower bound: {dependency}")
        bounds.append(f"{match[1]}=={match[2]}")
    return bounds


def read_libraries(program: Path, folder: Path) -> str:
    """Return what `run` reads of the libraries of a child with NumPy; an empty text if it reads nothing."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    child = (str(program), "-c", "import numpy")
    arguments = [str(program), "-P", "-m", "appliance", "run", "-o", "world.json", "--", *child]
    done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        return ""
    world = json.loads((folder / "world.json").read_text(encoding="utf-8"))
    return str(world["host"].get("libraries", ""))


def try_commands(program: Path, folder: Path) -> list[str]:
    """Return one line for every command that did not end with the exit code that it must have."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    failures = []
    for command, code in [*((one, 0) for one in COMMANDS), *((one, 2) for one in REFUSED)]:
        arguments = [program, "-P", "-m", "appliance", *command]
        done = subprocess.run(arguments, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != code or "internal error" in done.stderr:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            failures.append(f"{' '.join(command)}: exit code {done.returncode}: {last}")
    return failures


def main() -> int:
    """Install the versions, try every command, print what failed."""
    parser = argparse.ArgumentParser(prog="python -m delivery.bounds", description=__doc__)
    parser.add_argument("--newest", action="store_true", help="the newest versions that pip finds")
    newest = parser.parse_args().newest
    bounds = read_bounds((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if newest:
        bounds = [bound.partition("==")[0] for bound in bounds]
    print(*bounds)
    interpreter = find_interpreter(_PYTHON)
    if interpreter is None:
        print(f"no CPython {_PYTHON} with venv on PATH or in pyenv")
        return 3
    with tempfile.TemporaryDirectory(prefix="bounds-") as folder:
        home = Path(folder) / "venv"
        program = home / "bin" / "python"
        install = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--only-binary=:all:"]
        for command in ([str(interpreter), "-m", "venv", str(home)], [str(program), *install, *bounds]):
            if subprocess.run(command, check=False).returncode:
                print("the versions cannot be installed")
                return 3
        failures = try_commands(program, Path(folder))
        if "openblas" not in read_libraries(program, Path(folder)):
            failures.append("run: the libraries of the child were not read")
    print(*failures or [f"every command worked: {len(COMMANDS) + len(REFUSED)}"], sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
