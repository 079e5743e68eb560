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
TORCH_SIMD = ("ATEN_CPU_CAPABILITY=avx2", "ATEN_CPU_CAPABILITY=default")
"""Values of the axis `simd` that PyTorch reads; those of NumPy would not change it."""
_NOT_OF_TORCH = frozenset({"kernel", "simd"})
"""Axes that choose code of NumPy and of its BLAS, which a training by PyTorch does not use."""
_TORCH_OUTPUTS = ("run/history.json", "run/weights.safetensors")


_REFUSED = frozenset({"ftz"})


def choose_axes(known: Iterable[Axis], profile: str) -> tuple[str, ...]:
    """Return the usual axes. A portable training tests for lost subnormal numbers itself and refuses to run (C003)."""
    refused = _REFUSED if profile == "portable" else frozenset()
    return tuple(axis.name for axis in known if axis.default and axis.name not in refused)


def list_outputs(profile: str) -> tuple[str, ...]:
    """Return the files that a training of this profile writes and that speak of results."""
    return _TORCH_OUTPUTS if profile == TORCH else OUTPUTS


def plan_axes(axes: Iterable[str], profile: str) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Return the axes to vary as usual, and those with values of their own.

    The kernel of a BLAS that is not used, and instruction sets of NumPy, would be called harmless for PyTorch without
    having been tried. So `kernel` is left out for it, and `simd` has PyTorch's own values.

    Raises:
        UsageError: no axis is left.
    """
    names = tuple(axes)
    if profile != TORCH:
        return names, {}
    kept = tuple(name for name in names if name not in _NOT_OF_TORCH)
    values: dict[str, tuple[str, ...]] = {"simd": TORCH_SIMD} if "simd" in names else {}
    if names and not kept and not values:
        expected, found = "an axis that reaches PyTorch, such as threads or simd", ", ".join(names)
        raise UsageError("these axes do not reach PyTorch", expected=expected, found=found, where="--axes")
    return kept, values


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
