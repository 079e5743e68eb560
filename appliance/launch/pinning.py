"""Confirms that the profile `pinned` is in effect: kernel, SIMD level, hash seed, threads, each read back.

A library ignores names that it does not know (an OPENBLAS_CORETYPE, a feature of an older NumPy) and gives no message,
so a setting proves nothing: its effect is compared, and what cannot be read has failed.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from appliance.launch.hashing import read_hash_seed
from appliance.launch.settings import DISABLED, ENABLED, KERNEL, refuse_setting
from verify.errors import CouldNotJudgeError
from verify.host.threads import Pool, read_pools
from verify.results import make_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from appliance.launch.kernels import PinningPlan
    from verify.results import Result


# Kernels that OpenBLAS on x86-64 reports by the first of several names for the same code.
_REPORTED = {"prescott": ("prescott", "katmai")}


def confirm_pinning(plan: PinningPlan) -> list[Result]:
    """Return the effects of `plan`, all of them confirmed in this process.

    Raises:
        CouldNotJudgeError: an effect is not there, or cannot be read; it names the first such effect.
    """
    rows = list_effects(plan)
    for row in rows:
        if row.status != "pass":
            raise CouldNotJudgeError(
                "the profile pinned is not in effect in this process",
                expected=row.expected,
                found=row.found,
                where=row.title,
                remedy=row.remedy,
            )
    return rows


def list_effects(plan: PinningPlan) -> list[Result]:
    """Return every effect that `plan` asks for, confirmed or not."""
    pools = read_pools() or ()
    return [
        _compare_kernel(plan, pools),
        _compare_surplus(plan),
        _compare_required(plan),
        _compare_hash_seed(),
        _compare_threads(plan, pools),
    ]


def _judge(number: str, *, expected: str, found: str, holds: bool) -> Result:
    return make_result(number, "pass" if holds else "could-not-judge", expected=expected, found=found)


def read_features() -> tuple[list[str], dict[str, bool]]:
    """Return the feature names NumPy was built to use, then which features are active."""
    name = "numpy._core._multiarray_umath" if hasattr(np, "_core") else "numpy.core._multiarray_umath"
    module: Any = importlib.import_module(name)
    return [*module.__cpu_baseline__, *module.__cpu_dispatch__], dict(module.__cpu_features__)


def _compare_kernel(plan: PinningPlan, pools: tuple[Pool, ...]) -> Result:
    found = [pool.architecture or "unknown" for pool in pools if pool.library == "openblas"]
    holds = bool(found) and all(name.lower() in plan.reported for name in found)
    text = ", ".join(found) or "no OpenBLAS that tells its kernel"
    return _judge("P001", expected=" or ".join(plan.reported), found=text, holds=holds)


def _compare_surplus(plan: PinningPlan) -> Result:
    built, active = read_features()
    surplus = [name for name in built if active.get(name) and name not in plan.allowed]
    text = "active: " + ", ".join(surplus) if surplus else "none beyond them"
    expected = "only " + ", ".join(plan.allowed)
    return _judge("P002", expected=expected, found=text, holds=not surplus)


def _compare_required(plan: PinningPlan) -> Result:
    _, active = read_features()
    missing = [name for name in plan.required if not active.get(name)]
    text = "missing: " + ", ".join(missing) if missing else "all active"
    expected = ", ".join(plan.required) + " active"
    return _judge("P003", expected=expected, found=text, holds=not missing)


def _compare_hash_seed() -> Result:
    seed = read_hash_seed()
    flag = sys.flags.hash_randomization
    found = f"PYTHONHASHSEED={seed.declared}, randomisation flag {flag}, {'fixed' if seed.fixed else 'not fixed'}"
    return _judge("P004", expected="fixed from the start", found=found, holds=seed.fixed)


def _compare_threads(plan: PinningPlan, pools: tuple[Pool, ...]) -> Result:
    found = ", ".join(f"{pool.library} {pool.threads}" for pool in pools) or "no pool that tells its size"
    holds = bool(pools) and all(pool.threads == plan.threads for pool in pools)
    return _judge("P005", expected=str(plan.threads), found=found, holds=holds)


def confirm_settings(settings: Mapping[str, Sequence[str]]) -> None:
    """Return if the kernel and the CPU features that the environment asks for are in effect.

    Args:
        settings: the names in each variable, from `list_settings`.

    Raises:
        CouldNotJudgeError: a name has no effect, or the effect cannot be read.
    """
    for kernel in settings.get(KERNEL, ()):
        _confirm_kernel(kernel, read_pools() or ())
    built, active = read_features()
    for variable, wanted in ((DISABLED, False), (ENABLED, True)):
        followed = [name for name in built if bool(active.get(name)) is wanted]
        for name in settings.get(variable, ()):
            if name not in followed:
                title = "a setting has no effect: NumPy does not know or does not follow this name"
                raise refuse_setting(title, (variable,), f"names of {', '.join(built)}", name)


def _confirm_kernel(asked: str, pools: tuple[Pool, ...]) -> None:
    found = [pool.architecture or "unknown" for pool in pools if pool.library == "openblas"]
    accepted = _REPORTED.get(asked.lower(), (asked.lower(),))
    if not found or any(kernel.lower() not in accepted for kernel in found):
        text = ", ".join(found) or "no OpenBLAS that tells its kernel"
        raise refuse_setting("a setting has no effect: the BLAS uses another kernel", (KERNEL,), asked, text)
