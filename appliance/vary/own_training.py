"""The command that trains a configuration of this project, to vary it like any other program."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.launch.variables import PROFILES
from verify.errors import UsageError
from verify.startup.origin import describe_start

if TYPE_CHECKING:
    from collections.abc import Iterable

    from appliance.vary.axis import Axis

OUTPUTS = ("run/record.json", "run/history.jsonl", "run/weights.safetensors", "run/predictions.safetensors")
"""The files of a run directory that speak of results."""
TORCH = "torch"
"""The profile of a training by PyTorch."""
_TORCH_OUTPUTS = ("run/history.json", "run/weights.safetensors")


_REFUSED = frozenset({"ftz"})


def choose_axes(known: Iterable[Axis], profile: str) -> tuple[str, ...]:
    """Return the usual axes. A portable training tests for lost subnormal numbers itself and refuses to run (C003)."""
    refused = _REFUSED if profile == "portable" else frozenset()
    return tuple(axis.name for axis in known if axis.default and axis.name not in refused)


def list_outputs(profile: str) -> tuple[str, ...]:
    """Return the files that a training of this profile writes and that speak of results."""
    return _TORCH_OUTPUTS if profile == TORCH else OUTPUTS


def plan_command(config: str, profile: str) -> tuple[str, ...]:
    """Return the command that trains a configuration in the directory where it is started.

    Args:
        config: a name, or a path, which is made absolute.
        profile: portable, pinned or native; or torch, for the same training by PyTorch.

    Raises:
        UsageError: there is no such profile, or PyTorch is not installed.
    """
    if profile not in (*PROFILES, TORCH):
        expected = " or ".join((*PROFILES, TORCH))
        raise UsageError("there is no such profile", expected=expected, found=profile, where="--profile")
    if profile == TORCH and importlib.util.find_spec("torch") is None:
        raise UsageError(
            "PyTorch is not installed",
            expected="the package torch",
            found="nothing of that name",
            where="--profile torch",
            remedy="pip install 'repro-appliance[torch]'",
        )
    name = str(Path(config).resolve()) if config.endswith(".toml") else config
    if profile == TORCH:
        return (sys.executable, "-m", "appliance.peers.run_torch", name)
    program = describe_start().program
    start = (program,) if program and Path(program).is_file() else ("-m", "appliance")
    return (sys.executable, *start, "train", "--config", name, "--profile", profile, "--out", "run")
