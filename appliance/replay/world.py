"""The world of a run as variables of a child: kernel, threads and instruction sets that its files name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.launch.settings import DISABLED, ENABLED, KERNEL
from verify.host.fingerprint import capture
from verify.tracing.world import NAMES, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verify.digests import JsonObject
    from verify.files.run import RunFiles

_ENV = "env."
_OPENBLAS = "openblas"
# A run may come from anybody: no variable that names a library or a file is taken over.
_TAKEN = (
    KERNEL, DISABLED, ENABLED, "BLIS_ARCH_TYPE", "GLIBC_TUNABLES", "MALLOC_PERTURB_", "MKL_CBWR",
    "MKL_ENABLE_INSTRUCTIONS", "PYTHONHASHSEED",
)  # fmt: skip


def plan_environment(run: RunFiles, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of a child that trains a run again.

    Args:
        run: the run; its `fingerprint.json` names variables, kernel and features.
        environment: the variables of this process; those that name a world are left out.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith(PREFIXES) and name not in NAMES}
    fields = run.fingerprint.compared
    recorded = {
        name.removeprefix(_ENV): value
        for name, value in fields.items()
        if name.removeprefix(_ENV) in _TAKEN and isinstance(value, str)
    }
    if run.record.profile != "native":
        return {**kept, **recorded}
    return {**kept, **_choose_kernels(run.fingerprint.compared), **recorded}


def _choose_kernels(fields: JsonObject) -> dict[str, str]:
    """Return the settings that give this machine the kernel and the features of another one, as far as it has them."""
    here, chosen = capture(1).compared, dict[str, str]()
    kernel = fields.get("blas.kernel")
    if fields.get("blas.name") == _OPENBLAS and isinstance(kernel, str) and kernel != here.get("blas.kernel"):
        chosen[KERNEL] = kernel
    there, ours = fields.get("numpy.dispatch"), here.get("numpy.dispatch")
    if isinstance(there, list | tuple) and isinstance(ours, list | tuple):
        missing = [str(name) for name in ours if name not in there]
        if missing:
            chosen[DISABLED] = " ".join(missing)
    return chosen


def read_threads(run: RunFiles) -> int:
    """Return the BLAS threads of a run."""
    found = run.fingerprint.compared.get("blas.threads")
    return found if isinstance(found, int) and found >= 1 else 1


def read_parts(run: RunFiles) -> int:
    """Return the parts of a batch, which only a trace has recorded; 1 without one."""
    header = None if run.trace is None else run.trace.header.extra.get("training")
    found = header.get("micro_batches") if isinstance(header, dict) else None
    return found if isinstance(found, int) and found >= 1 else 1
