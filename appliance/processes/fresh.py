"""One run in a process of its own, because some causes of difference are fixed for the life of a process.

Address layout, hash seed, dispatch and allocation at the start vary between processes, never within one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

import appliance
from appliance.launch.restart import GUARD
from appliance.launch.variables import plan_variables
from verify.errors import CouldNotJudgeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config.schema import Config


@attrs.frozen(kw_only=True)
class FreshRecord:
    """The JSON object that `train --json` wrote in another process."""

    value: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return self.value


def format_toml(config: Config) -> str:
    """Return `config` as the text of a TOML file that reads back to an equal configuration."""
    top: list[str] = []
    sections: list[str] = []
    for name, value in config.settings().items():
        if isinstance(value, dict):
            sections += ["", f"[{name}]", *(f"{key} = {_format_value(item)}" for key, item in value.items())]
        else:
            top.append(f"{name} = {_format_value(value)}")
    return "\n".join([*top, *sections]) + "\n"


def _format_value(value: object) -> str:
    """Spell a string, integer, finite float, boolean, list or tuple of them in TOML, which is JSON's spelling."""
    return json.dumps(value, allow_nan=False)


def run_in_fresh_process(
    config: Config, *, profile: str = "portable", threads: int = 1, data_dir: Path | None = None
) -> FreshRecord:
    """Train `config` with `python -m appliance train --json` in a new interpreter; return its record.

    The run directory is temporary and gone afterwards.

    Raises:
        CouldNotJudgeError: the process failed or wrote no record; `found` quotes its last words.
    """
    with tempfile.TemporaryDirectory(prefix="repro-appliance-") as folder:
        settings = Path(folder) / f"{config.name}.toml"
        settings.write_text(format_toml(config), encoding="utf-8")
        command = [sys.executable, "-P", "-m", "appliance", "train", "--config", str(settings), "--json"]
        command += ["--profile", profile, "--threads", str(threads), "--out", str(Path(folder) / "run")]
        command += ["--data-dir", str(data_dir)] if data_dir is not None else []
        done = subprocess.run(  # noqa: S603 - this interpreter, this package
            command, env=_find_package(), capture_output=True, text=True, encoding="utf-8", check=False
        )
    try:
        value = json.loads(done.stdout) if done.returncode == 0 else None
    except ValueError:
        value = None
    if not isinstance(value, dict):
        last = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()[-1]
        raise CouldNotJudgeError(
            "a fresh process gave no record",
            expected="exit code 0 and one JSON object",
            found=f"exit code {done.returncode}: {last}",
            where=f"train --config {config.name}",
            remedy=f"run repro-appliance train --config {config.name} by itself",
        )
    return FreshRecord(value=value)


def start_python(arguments: Sequence[str], *, prepared: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `python -P ARGUMENTS` in a new process, where this package can be imported; return how it ended.

    Args:
        arguments: what follows on the command line.
        prepared: False takes back the variables that this program sets for itself before it starts, so that the
            process begins as it would for a user.
    """
    variables = _find_package()
    if not prepared:
        for name in (*plan_variables("portable"), GUARD):
            variables.pop(name, None)
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(  # noqa: S603 - this interpreter
        command, env=variables, capture_output=True, text=True, encoding="utf-8", check=False
    )


def _find_package() -> dict[str, str]:
    """Return the environment in which `python -P` imports this very package, wherever it starts."""
    home = str(Path(appliance.__file__).resolve().parent.parent)
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
