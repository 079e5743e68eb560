"""Exports several runs, lets the tools of others validate all of it, plants faults that they must find.

`make exports-check` runs `python -m delivery.exports VALIDATOR_PYTHON FOLDER`. Exit codes: 0 everything is valid and
every fault was found, 1 otherwise.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from appliance import load_config, write_run
from appliance.exports.export import export_runs
from appliance.exports.request import Request
from appliance.training.execute import run_training
from delivery.exports.faults import plant_faults

_VALIDATE = Path(__file__).with_name("validate.py").resolve()
_EXPERIMENT = Path(__file__).parent.parent.parent / "examples" / "own-python"
# Recommended by RO-Crate, and known to nobody here.
_UNKNOWN = (
    "RECOMMENDED The `publisher` property of a `Root Data Entity` SHOULD be an `Organization`",
    "RECOMMENDED The author SHOULD have an organizational affiliation.",
    "RECOMMENDED The author SHOULD have a Contextual Entity which specifies the organizational `affiliation`.",
)
_LICENSE, _AGENT = "CC-BY-4.0", "Ada Example <https://orcid.org/0000-0002-1825-0097>"


def make_runs(folder: Path) -> dict[str, Path]:
    """Train a run with a golden, one without, a native one, and an experiment in the current directory."""
    smoke = load_config("smoke")
    runs = {
        "golden": run_training(smoke),
        "none": run_training(load_config("smoke", seed=7)),
        "native": run_training(smoke, profile="native"),
        "experiment": run_training(load_config("spirals.toml", overrides=["training.epochs=1"])),
    }
    for name, record in runs.items():
        write_run(record, folder / name)
    return {name: folder / name for name in runs}


def export_all(runs: dict[str, Path], folder: Path) -> list[Path]:
    """Write every run in every form, and all of them in one crate and one bundle; return what was written."""
    crates: dict[Path, tuple[Path, ...]] = {folder / f"{name}.crate": (path,) for name, path in runs.items()}
    crates[folder / "all.crate.zip"] = tuple(runs.values())
    for out, chosen in crates.items():
        export_runs("ro-crate", Request(runs=chosen, out=out, license=_LICENSE, agent=_AGENT))
    statements = {folder / f"{name}.jsonl": path for name, path in runs.items()}
    for out, path in statements.items():
        export_runs("in-toto", Request(runs=(path,), out=out))
    bundle = folder / "bundle.zip"
    export_runs("bundle", Request(runs=tuple(runs.values()), out=bundle, license=_LICENSE, agent=_AGENT))
    return [*crates, *statements, bundle]


def validate(python: Path, cache: Path, paths: list[Path]) -> dict[str, list[str]]:
    """Return the problems of each export, without those that nobody here can mend."""
    command = [str(python), str(_VALIDATE), str(cache), *map(str, paths)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, "PYTHONPATH": ""})
    problems: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return {path: [line for line in found if line not in _UNKNOWN] for path, found in problems.items()}


def main() -> int:
    """Print a line for each export and for each fault; return the exit code."""
    python, folder = Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("runs", "exports", "faults"):
        (folder / name).mkdir(parents=True)
    os.chdir(_EXPERIMENT)
    exports = export_all(make_runs(folder / "runs"), folder / "exports")
    faults = plant_faults(folder / "exports" / "golden.crate", folder / "exports" / "golden.jsonl", folder / "faults")
    problems = validate(python, folder / "cache", [*exports, *faults])
    return show(problems, exports, faults)


def show(problems: dict[str, list[str]], exports: list[Path], faults: dict[Path, str]) -> int:
    """Print what was found; return the exit code."""
    wrong = [path for path in exports if problems[str(path)]]
    required = {path: [line for line in problems[str(path)] if line.startswith("REQUIRED")] for path in faults}
    missed = [path for path in faults if not required[path]]
    for path in exports:
        print(f"{'NOT VALID' if path in wrong else 'valid':<10} {path.name}", *problems[str(path)], sep="\n  ")
    for path, name in faults.items():
        print(f"{'MISSED' if path in missed else 'found':<10} {name}", *required[path][:1], sep="\n  ")
    print(f"exports: {len(exports) - len(wrong)} of {len(exports)} are valid")
    print(f"faults: {len(faults) - len(missed)} of {len(faults)} were found")
    return 1 if wrong or missed else 0


if __name__ == "__main__":
    sys.exit(main())
