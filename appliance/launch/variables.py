"""The environment variables that a profile needs before NumPy is loaded.

Standard library only. Thread counts, the BLAS kernel, NumPy's dispatch and the hash seed are read once, when a library
or the interpreter starts. If they are set later, they have no effect, without an error.
"""

from __future__ import annotations

import os

from appliance.launch.kernels import plan_pinning
from verify.errors import UsageError

PROFILES = ("portable", "pinned", "native")
THREAD_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_LARGEST_POOL = 64
_NO_DYNAMIC_TEAMS = ("OMP_DYNAMIC", "MKL_DYNAMIC")


def find_most_threads() -> int:
    """Return how many threads may be asked for: as many as NumPy's OpenBLAS can have, or as there are cores."""
    return max(_LARGEST_POOL, os.cpu_count() or 1)


def plan_variables(profile: str, threads: int = 1) -> dict[str, str]:
    """Return the variables, by name, with which `profile` must start on `threads` BLAS threads.

    All profiles fix the hash seed and the thread counts. Only `pinned` also chooses the OpenBLAS kernel and NumPy's
    SIMD level; the other profiles keep a kernel that the user has chosen.

    Raises:
        UsageError: no such profile, or the number of threads is out of range.
        CouldNotJudgeError: no kernel is known for this machine.
    """
    if profile not in PROFILES:
        raise UsageError("no such profile", expected=", ".join(PROFILES), found=profile)
    if not 1 <= threads <= find_most_threads():
        raise UsageError("the number of threads is out of range", expected=f"1 to {find_most_threads()}", found=threads)
    variables = {"PYTHONHASHSEED": "0"}
    variables |= dict.fromkeys(THREAD_VARIABLES, str(threads))
    variables |= dict.fromkeys(_NO_DYNAMIC_TEAMS, "FALSE")
    if profile == "pinned":
        plan = plan_pinning(threads)
        variables["OPENBLAS_CORETYPE"] = plan.kernel
        variables["NPY_DISABLE_CPU_FEATURES"] = " ".join(plan.disabled)
    return variables
