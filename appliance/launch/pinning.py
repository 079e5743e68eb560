"""Whether the profile `pinned` is in effect: kernel, SIMD level, hash seed, threads, each read back.

Names that a library does not know are ignored without a word (an OPENBLAS_CORETYPE, a feature from an
older NumPy), so no setting is believed: the effect is compared, with failure as the default.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from appliance.launch.hashing import read_hash_seed
from verify.errors import CouldNotJudgeError
from verify.host.threads import Pool, read_pools

if TYPE_CHECKING:
    from appliance.launch.kernels import PinningPlan


@attrs.frozen(kw_only=True)
class Confirmation:
    """One effect of pinning: what the plan says, what this process shows, whether they agree."""

    name: str
    expected: str
    found: str
    holds: bool


def confirm_pinning(plan: PinningPlan) -> list[Confirmation]:
    """Return the effects of `plan`, all of them confirmed in this process.

    Raises:
        CouldNotJudgeError: an effect is not there, or cannot be read; it names the first such effect.
    """
    rows = list_effects(plan)
    for row in rows:
        if not row.holds:
            raise CouldNotJudgeError(
                "the profile pinned is not in effect in this process",
                expected=row.expected,
                found=row.found,
                where=row.name,
                remedy="start it through repro-appliance --profile pinned, or use --profile portable",
            )
    return rows


def list_effects(plan: PinningPlan) -> list[Confirmation]:
    """Return every effect that `plan` asks for, confirmed or not."""
    pools = read_pools() or ()
    return [
        _compare_kernel(plan, pools),
        _compare_surplus(plan),
        _compare_required(plan),
        _compare_hash_seed(),
        _compare_threads(plan, pools),
    ]


def _read_features() -> tuple[list[str], dict[str, bool]]:
    """Return the feature names NumPy was built to use, then which features it holds to be active."""
    name = "numpy._core._multiarray_umath" if hasattr(np, "_core") else "numpy.core._multiarray_umath"
    module: Any = importlib.import_module(name)
    return [*module.__cpu_baseline__, *module.__cpu_dispatch__], dict(module.__cpu_features__)


def _compare_kernel(plan: PinningPlan, pools: tuple[Pool, ...]) -> Confirmation:
    found = [pool.architecture or "unknown" for pool in pools if pool.library == "openblas"]
    holds = bool(found) and all(name.lower() in plan.reported for name in found)
    text = ", ".join(found) or "no OpenBLAS that tells its kernel"
    return Confirmation(name="OpenBLAS kernel", expected=" or ".join(plan.reported), found=text, holds=holds)


def _compare_surplus(plan: PinningPlan) -> Confirmation:
    built, active = _read_features()
    surplus = [name for name in built if active.get(name) and name not in plan.allowed]
    text = "active: " + ", ".join(surplus) if surplus else "none beyond them"
    expected = "only " + ", ".join(plan.allowed)
    return Confirmation(name="NumPy SIMD features", expected=expected, found=text, holds=not surplus)


def _compare_required(plan: PinningPlan) -> Confirmation:
    _, active = _read_features()
    missing = [name for name in plan.required if not active.get(name)]
    text = "missing: " + ", ".join(missing) if missing else "all active"
    expected = ", ".join(plan.required) + " active"
    return Confirmation(name="NumPy SIMD level", expected=expected, found=text, holds=not missing)


def _compare_hash_seed() -> Confirmation:
    seed = read_hash_seed()
    flag = sys.flags.hash_randomization
    found = f"PYTHONHASHSEED={seed.declared}, randomisation flag {flag}, {'fixed' if seed.fixed else 'not fixed'}"
    return Confirmation(name="hash seed", expected="fixed from the start", found=found, holds=seed.fixed)


def _compare_threads(plan: PinningPlan, pools: tuple[Pool, ...]) -> Confirmation:
    found = ", ".join(f"{pool.library} {pool.threads}" for pool in pools) or "no pool that tells its size"
    holds = bool(pools) and all(pool.threads == plan.threads for pool in pools)
    return Confirmation(name="threads", expected=str(plan.threads), found=found, holds=holds)
