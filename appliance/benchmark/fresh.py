"""One run in a process of its own, because some causes of difference never vary within one process.

Address layout, hash seed, dispatch and allocation at the start vary only between processes.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs

from appliance.config.experiment import list_files
from appliance.config.own_files import OWN_FILES
from appliance.launch.restart import GUARD
from appliance.launch.variables import plan_variables
from appliance.processes.captured import Answer, run_captured
from appliance.processes.child import Command
from appliance.processes.own_package import find_package
from verify.errors import ApplianceError, CouldNotJudgeError, DifferentError, UsageError
from verify.files.settings import format_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from appliance.config.schema import Config
    from appliance.processes.child import Children


@attrs.frozen(kw_only=True)
class FreshRecord:
    """The JSON object that `train --json` wrote in another process."""

    value: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return self.value


def run_in_fresh_process(
    config: Config,
    *,
    profile: str = "portable",
    threads: int = 1,
    data_dir: Path | None = None,
    children: Children | None = None,
) -> FreshRecord:
    """Train `config` with `python -m appliance train --json` in a new interpreter; return its record.

    The run directory is temporary. The process belongs to `children`, if they are given.

    Raises:
        ApplianceError: the process ended with this error.
        CouldNotJudgeError: the process wrote neither a record nor an error; `found` quotes its last line.
    """
    with tempfile.TemporaryDirectory(prefix="repro-appliance-") as folder:
        settings = _write_settings(config, Path(folder))
        command = [sys.executable, "-P", "-m", "appliance", "train", "--config", str(settings), "--json"]
        command += ["--profile", profile, "--threads", str(threads), "--out", str(Path(folder) / "run")]
        place = data_dir or (config.data.folder if config.data.source in OWN_FILES else None)
        command += ["--data-dir", str(place)] if place is not None else []
        answer = run_captured(Command(arguments=tuple(command), environment=_make_environment()), children=children)
    try:
        value = json.loads(answer.output)
    except ValueError:
        value = None
    if answer.code != 0 and isinstance(value, dict) and isinstance(value.get("error"), dict):
        raise _read_error(value["error"], answer.code)
    if answer.code != 0 or not isinstance(value, dict):
        raise CouldNotJudgeError(
            "a fresh process gave no record",
            expected="exit code 0 and one JSON object",
            found=f"exit code {answer.code}: {answer.last_line}",
            where=f"train --config {config.name}",
            remedy=f"run repro-appliance train --config {config.name} by itself",
        )
    return FreshRecord(value=value)


def _write_settings(config: Config, folder: Path) -> Path:
    """Write the settings into a folder, with the files of their experiment beside them; return the path."""
    settings = folder / f"{config.name}.toml"
    settings.write_text(format_settings(config.settings()), encoding="utf-8")
    experiment = config.experiment
    if experiment is not None and experiment.folder is not None:
        for name in list_files(experiment):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(experiment.folder / name, folder / name)
    return settings


def _read_error(error: dict[str, Any], code: int | None) -> ApplianceError:
    """Return the error that a process described."""
    kinds = {DifferentError.exit_code: DifferentError, CouldNotJudgeError.exit_code: CouldNotJudgeError}
    details = {name: error.get(name) for name in ("expected", "found", "where", "remedy")}
    details["found"] = error.get("problems") or details["found"]
    return kinds.get(code or 0, UsageError)(str(error.get("title")), **details)


def start_python(arguments: Sequence[str], *, prepared: bool = True) -> Answer:
    """Run `python -P ARGUMENTS` in a new process that can import this package; return how it ended.

    Args:
        arguments: what follows on the command line.
        prepared: False removes the variables that this program sets for itself before it starts, so that the process
            starts as it would for a user.
    """
    variables = _make_environment()
    if not prepared:
        for name in (*plan_variables("portable"), GUARD):
            variables.pop(name, None)
    return run_captured(Command(arguments=(sys.executable, "-P", *arguments), environment=variables))


def _make_environment() -> dict[str, str]:
    """Return the variables of this process, with this very package on the import path."""
    return {**os.environ, "PYTHONPATH": find_package(os.environ)}
