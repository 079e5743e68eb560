"""Copies this program with the pure-Python packages it needs from this environment: copy_site.py FOLDER.

FOLDER/site gets all of it; FOLDER/code gets only the program, for interpreters that have the packages.

A foreign sysroot contains Python and NumPy. The other packages are the same on every machine and come from this
environment, which was made from the hash lock. Compiled packages are left out: the program runs without them.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = (
    "annotated-doc attrs cattrs click markdown-it-py mdurl pygments rich shellingham threadpoolctl typer"
    " typing-extensions"
).split()


def main() -> int:
    """Copy packages and program; return the exit code."""
    folder, code = Path(sys.argv[1], "site"), Path(sys.argv[1], "code")
    for made in (folder, code):
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
    for name in PACKAGES:
        try:
            files = importlib.metadata.distribution(name).files or []
        except importlib.metadata.PackageNotFoundError:
            print(f"not in this environment, left out: {name}", file=sys.stderr)
            continue
        for file in files:
            if not str(file).startswith("..") and file.suffix != ".pyc":
                target = folder / str(file)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), target)
    for made in (folder, code):
        for name in ("repro_appliance.py", "repro_appliance_pytest.py"):
            shutil.copyfile(ROOT / name, made / name)
    for source, copied in (("appliance", "appliance"), ("verify", "verify"), ("configs", "appliance/configs")):
        for made in (folder, code):
            shutil.copytree(ROOT / source, made / copied, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
