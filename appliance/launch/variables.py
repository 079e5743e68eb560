"""The environment variables that a profile needs before NumPy is loaded.

Standard library only. Thread counts, the BLAS kernel, NumPy's dispatch and the hash seed are read once, when a library
or the interpreter starts. If they are set later, they have no effect, without an error.
"""

from __future__ import annotations

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
_NO_DYNAMIC_TEAMS = ("OMP_DYNAMIC", "MKL_DYNAMIC")


def plan_variables(profile: str, threads: int = 1) -> dict[str, str]:
    """Return the variables, by name, with which `profile` must start on `threads` BLAS threads.

    All profiles fix the hash seed and the thread counts. Only `pinned` also chooses the OpenBLAS kernel and NumPy's
    SIMD level; the other profiles keep a kernel that the user has chosen.

    Raises:
        UsageError: no such profile, or fewer than one thread.
        CouldNotJudgeError: no kernel is known for this machine.
    """
    if profile not in PROFILES:
        raise UsageError("no such profile", expected=", ".join(PROFILES), found=profile)
    if threads < 1:
        raise UsageError("a run needs at least one thread", expected="1 or more", found=threads)
    variables = {"PYTHONHASHSEED": "0"}
    variables |= dict.fromkeys(THREAD_VARIABLES, str(threads))
    variables |= dict.fromkeys(_NO_DYNAMIC_TEAMS, "FALSE")
    if profile == "pinned":
        plan = plan_pinning(threads)
        variables["OPENBLAS_CORETYPE"] = plan.kernel
        variables["NPY_DISABLE_CPU_FEATURES"] = " ".join(plan.disabled)
    return variables
