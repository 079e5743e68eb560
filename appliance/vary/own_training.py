"""The command that trains a configuration of this project, to vary it like any other program."""

from __future__ import annotations

import sys
from pathlib import Path

from verify.startup.origin import describe_start

OUTPUTS = ("run/record.json", "run/history.jsonl", "run/weights.safetensors", "run/predictions.safetensors")
"""The files of a run directory that speak of results."""


def plan_command(config: str, profile: str) -> tuple[str, ...]:
    """Return the command that trains a configuration in the directory where it is started.

    Args:
        config: a name, or a path, which is made absolute.
        profile: portable, pinned or native.
    """
    program = describe_start().program
    start = (program,) if program and Path(program).is_file() else ("-m", "appliance")
    name = str(Path(config).resolve()) if config.endswith(".toml") else config
    return (sys.executable, *start, "train", "--config", name, "--profile", profile, "--out", "run")
