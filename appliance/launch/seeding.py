"""Seeds the global generators of Python, NumPy (legacy), PyTorch.

This project draws from keyed streams, never from global state; the seeds are for other code in the same process.
"""

from __future__ import annotations

import importlib
import importlib.util
import operator
import os
import random
import sys
from typing import Any, Literal

import attrs
import numpy as np

from appliance.launch.hashing import HashSeed, read_hash_seed
from verify.errors import CouldNotJudgeError, UsageError

TorchPolicy = Literal["installed", "loaded", "never"]
_SEED_LIMIT = 2**63
_WORKSPACE = "CUBLAS_WORKSPACE_CONFIG"
_WORKSPACES = (":4096:8", ":16:8")


@attrs.frozen(kw_only=True)
class SeedReport:
    """What was seeded.

    Args:
        seed: the seed that was asked for.
        numpy: the 32-bit seed of NumPy's legacy state.
        torch: what was done to PyTorch.
        hash_seed: the hash seed of this process; it cannot be changed after the interpreter has started.
        notes: sentences about what is not fixed.
    """

    seed: int
    numpy: int
    torch: Literal["seeded", "not installed", "not loaded", "left alone"]
    hash_seed: HashSeed
    notes: tuple[str, ...]


def seed_everything(seed: int, *, torch: TorchPolicy = "installed") -> SeedReport:
    """Seed Python's `random`, NumPy's legacy global state (seed mod 2**32), and PyTorch.

    Args:
        seed: an integer in [0, 2**63).
        torch: "installed" imports and seeds PyTorch if it is installed, "loaded" seeds it only if the program has
            imported it, "never" does nothing to it. Seeding also turns on its deterministic algorithms.

    Raises:
        UsageError: the seed is out of range, or no such policy.
        CouldNotJudgeError: PyTorch has not the seed or the deterministic algorithms that were set.

    >>> import random
    >>> report = seed_everything(1, torch="never")
    >>> random.random()
    0.13436424411240122
    """
    seed = operator.index(seed)
    if not 0 <= seed < _SEED_LIMIT:
        raise UsageError("a seed is out of range", expected="an integer in [0, 2**63)", found=seed)
    if torch not in ("installed", "loaded", "never"):
        raise UsageError("no such policy for PyTorch", expected="installed, loaded or never", found=torch)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the legacy global state is what is being seeded
    library, state = _find_torch(torch)
    hash_seed = read_hash_seed()
    notes = [] if hash_seed.fixed else [_describe_hash_seed(hash_seed)]
    if library is not None:
        notes += _seed_torch(library, seed)
    return SeedReport(seed=seed, numpy=seed % 2**32, torch=state, hash_seed=hash_seed, notes=tuple(notes))


def _find_torch(policy: str) -> tuple[Any, Literal["seeded", "not installed", "not loaded", "left alone"]]:
    if policy == "never":
        return None, "left alone"
    if "torch" in sys.modules:
        library: Any = sys.modules["torch"]
        return library, ("not installed" if library is None else "seeded")  # None forbids the import
    if policy == "loaded":
        return None, "not loaded"
    if importlib.util.find_spec("torch") is None:
        return None, "not installed"
    return importlib.import_module("torch"), "seeded"


def _seed_torch(library: Any, seed: int) -> list[str]:  # noqa: ANN401 - PyTorch is no dependency
    """Seed PyTorch, turn on its deterministic algorithms, read both back; return what is not fixed."""
    notes = []
    library.manual_seed(seed)
    if library.cuda.is_available():
        notes += _set_workspace(started=bool(library.cuda.is_initialized()))
        library.cuda.manual_seed_all(seed)
    library.use_deterministic_algorithms(True)  # noqa: FBT003 - PyTorch's signature
    library.backends.cudnn.deterministic = True
    library.backends.cudnn.benchmark = False
    found = (int(library.initial_seed()), bool(library.are_deterministic_algorithms_enabled()))
    if found != (seed, True):
        raise CouldNotJudgeError(
            "PyTorch did not take its settings",
            expected=f"seed {seed}, deterministic algorithms on",
            found=f"seed {found[0]}, deterministic algorithms {'on' if found[1] else 'off'}",
            where="torch",
            remedy="use a PyTorch that has torch.use_deterministic_algorithms",
        )
    return notes


def _set_workspace(*, started: bool) -> list[str]:
    """Set the cuBLAS workspace if that still has an effect; return what is not fixed."""
    if os.environ.get(_WORKSPACE) in _WORKSPACES:
        return []
    if started:
        return [f"{_WORKSPACE} was not set to {' or '.join(_WORKSPACES)} before CUDA started; set it before the start"]
    os.environ[_WORKSPACE] = _WORKSPACES[0]
    return []


def _describe_hash_seed(seed: HashSeed) -> str:
    declared = "not set" if seed.declared is None else f"{seed.declared}, but not in effect"
    return f"string hashing is random in this process (PYTHONHASHSEED {declared}); it must be set before the start"
