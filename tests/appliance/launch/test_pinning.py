"""The profile `pinned`: in effect when started right, refused in every other case."""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import appliance
from appliance.launch import pinning
from appliance.launch.hashing import HashSeed
from appliance.launch.kernels import PinningPlan
from appliance.launch.pinning import confirm_pinning, list_effects
from appliance.launch.restart import GUARD
from appliance.launch.variables import plan_variables
from verify.errors import CouldNotJudgeError
from verify.host.threads import Pool, read_pools

HOME = str(Path(appliance.__file__).parents[1])
SOURCE = """
import json, sys
from appliance.launch.kernels import plan_pinning
from appliance.launch.pinning import confirm_pinning
from verify.errors import CouldNotJudgeError
plan = plan_pinning(1)._replace(**{name: tuple(value) for name, value in json.loads(sys.argv[1]).items()})
try:
    print(json.dumps({row.title: row.found for row in confirm_pinning(plan)}))
except CouldNotJudgeError as error:
    print(json.dumps({"refused": error.where, "expected": error.expected, "found": error.found}))
"""
# Elsewhere (Accelerate, netlib) nothing tells its kernel, and every one of these cases must be refused.
PINNABLE = any(pool.library == "openblas" and pool.architecture for pool in read_pools() or ())
KNOWN = platform.machine().lower() in ("x86_64", "amd64", "aarch64", "arm64")
KERNEL = "ARMV8" if platform.machine().lower() in ("aarch64", "arm64") else "Nehalem"
EFFECTS = ["OpenBLAS kernel", "NumPy SIMD features", "NumPy SIMD level", "hash seed", "threads"]


def confirm(more: dict[str, str], *flags: str, changes: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Return what a fresh interpreter answers in the pinned environment plus `more`, for a plan with `changes`."""
    kept = {name: value for name, value in os.environ.items() if name != GUARD}
    environ = {**kept, **plan_variables("pinned" if KNOWN else "native"), "PYTHONPATH": HOME} | more
    command = [sys.executable, *flags, "-c", SOURCE, json.dumps(changes or {})]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if not KNOWN:
        assert "no kernel is chosen" in done.stderr
        return {"refused": "OpenBLAS kernel"}
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def require(answer: dict[str, Any], refused: str | None) -> None:
    """Assert that `answer` confirms every effect (None) or refuses the named one; all is refused without OpenBLAS."""
    if not PINNABLE:
        assert answer["refused"] == "OpenBLAS kernel"
    elif refused is None:
        assert list(answer) == EFFECTS, answer
    else:
        assert answer.get("refused") == refused, answer


@pytest.mark.process
def test_the_planned_environment_is_confirmed() -> None:
    """Started with its variables, every effect of the plan is there."""
    require(confirm({}), None)


@pytest.mark.process
@pytest.mark.parametrize(
    ("name", "value", "where"), [("OPENBLAS_NUM_THREADS", "2", "threads"), ("PYTHONHASHSEED", "random", "hash seed")]
)
def test_a_wrong_setting_is_refused(name: str, value: str, where: str) -> None:
    """One variable changed before the start is enough, and the refusal names its effect."""
    require(confirm({name: value}), where)


@pytest.mark.process
def test_a_flag_that_undoes_the_hash_seed_is_refused() -> None:
    """With -R the variable is right but hashing is random: the effect decides."""
    require(confirm({}, "-R"), "hash seed")


@pytest.mark.process
def test_an_unknown_kernel_name_is_refused() -> None:
    """OpenBLAS ignores an unknown kernel name without a word; the kernel it reports gives it away."""
    changes = {"reported": [KERNEL.lower()]}
    require(confirm({"OPENBLAS_CORETYPE": KERNEL}, changes=changes), None)
    require(confirm({"OPENBLAS_CORETYPE": "NoSuchKernel"}, changes=changes), "OpenBLAS kernel")


@pytest.mark.process
def test_an_unknown_feature_name_is_refused() -> None:
    """NumPy ignores an unknown feature name; the features still active give it away."""
    core: Any = importlib.import_module(f"{'numpy._core' if hasattr(np, '_core') else 'numpy.core'}._multiarray_umath")
    changes = {"allowed": list(core.__cpu_baseline__), "required": []}
    require(confirm({"NPY_DISABLE_CPU_FEATURES": " ".join(core.__cpu_dispatch__)}, changes=changes), None)
    require(confirm({"NPY_DISABLE_CPU_FEATURES": "NO_SUCH_FEATURE"}, changes=changes), "NumPy SIMD features")


def make_plan(**changes: Any) -> PinningPlan:  # noqa: ANN401 - the fields' types differ
    """Return a plan for the machine that `haswell_machine` imitates, with `changes`."""
    plan = PinningPlan("Haswell", ("haswell",), ("X86_V4",), ("X86_V2", "X86_V3"), ("X86_V3",), 1)
    return plan._replace(**changes)


def list_failed(plan: PinningPlan) -> list[str]:
    """Return the titles of the effects that are not there."""
    return [row.title for row in list_effects(plan) if row.status != "pass"]


@pytest.fixture
def haswell_machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Make this process report that it is pinned to Haswell."""
    pool = Pool(library="openblas", version="0.3", architecture="Haswell", threads=1)
    features = {"X86_V2": True, "X86_V3": True, "X86_V4": False}
    monkeypatch.setattr(pinning, "read_pools", lambda: (pool,))
    monkeypatch.setattr(pinning, "read_features", lambda: (list(features), features))
    monkeypatch.setattr(pinning, "read_hash_seed", lambda: HashSeed(declared="0", fixed=True))
    return monkeypatch


@pytest.mark.usefixtures("haswell_machine")
def test_a_machine_as_planned_holds() -> None:
    """The plain-data case passes, so the refusals below are about their one change."""
    assert all(row.status == "pass" for row in confirm_pinning(make_plan()))


@pytest.mark.usefixtures("haswell_machine")
@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"reported": ("nehalem",)}, "OpenBLAS kernel"),
        ({"allowed": ("X86_V2",)}, "NumPy SIMD features"),
        ({"required": ("X86_V4",)}, "NumPy SIMD level"),
        ({"required": ("NO_SUCH_NAME",)}, "NumPy SIMD level"),
        ({"threads": 2}, "threads"),
    ],
)
def test_each_effect_is_judged_by_itself(changes: dict[str, Any], where: str) -> None:
    """Exactly one effect fails for one change of the plan, and the error names it."""
    assert list_failed(make_plan(**changes)) == [where]
    with pytest.raises(CouldNotJudgeError, match=where):
        confirm_pinning(make_plan(**changes))


@pytest.mark.parametrize("pools", [(), None])
def test_no_readable_pool_is_no_confirmation(
    haswell_machine: pytest.MonkeyPatch, pools: tuple[Pool, ...] | None
) -> None:
    """A BLAS that tells neither kernel nor size cannot be confirmed: absence fails closed."""
    haswell_machine.setattr(pinning, "read_pools", lambda: pools)
    assert list_failed(make_plan()) == ["OpenBLAS kernel", "threads"]
