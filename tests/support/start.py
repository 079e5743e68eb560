"""Starting the program in all the ways in which a user may, beside modules of the user's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import appliance
from appliance.launch.restart import GUARD
from appliance.launch.variables import plan_variables
from verify.startup.origin import VARIABLE

HOME = str(Path(appliance.__file__).resolve().parents[1])
_SCRIPT = "import sys\nfrom repro_appliance import main\nsys.exit(main())\n"
_LEFT_OUT = {*plan_variables("portable"), GUARD, VARIABLE, "PYTHONPATH", "CI"}


def make_environment(*folders: Path, **more: str) -> dict[str, str]:
    """Return a user's environment with these folders on PYTHONPATH, before the packages under test."""
    kept = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
    return {**kept, "PYTHONPATH": os.pathsep.join([*map(str, folders), HOME]), **more}


def write_script(folder: Path) -> Path:
    """Write a console script as an installer does; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "repro-appliance"
    path.write_text(_SCRIPT, encoding="utf-8")
    return path


def run_python(
    *arguments: str | Path, cwd: Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run this interpreter and wait for it."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment or make_environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
