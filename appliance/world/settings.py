"""The settings of the fixed world: which variables, which programs before the command, which startup of Python."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.aslr import Aslr
from appliance.vary.axes.file_order import FileOrder
from appliance.vary.axes.kernel import Kernel
from appliance.vary.axes.libm import Libm
from appliance.vary.axes.simd import Simd
from appliance.vary.axes.threads import Threads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.vary.axis import Launch, Subject

PORTABLE, HOST = "portable", "host"
LOCALE = "C.UTF-8"
EPOCH = "315532800"
"""1980-01-01: the earliest time that a zip archive can hold."""
UMASK = 0o022
# The oldest core of OpenBLAS that every processor can run on which today's NumPy starts: its code and the sizes of its
# blocks do not depend on the processor.
_CORES = {"x86_64": "Nehalem", "amd64": "Nehalem", "aarch64": "ARMV8", "arm64": "ARMV8"}
_PREFIXES = (
    "BLIS_", "GOMP_", "GOTO_", "KMP_", "LC_", "MALLOC_", "MKL_", "NPY_", "NUMEXPR_", "OMP_", "OPENBLAS_", "VECLIB_",
)  # fmt: skip
_NAMES = frozenset({"GLIBC_TUNABLES", "LANG", "LANGUAGE", "PYTHONHASHSEED", "PYTHONIOENCODING", "PYTHONUTF8", "TZ"})


@attrs.frozen(kw_only=True)
class Plan:
    """What the program gets.

    Args:
        launch: how it is started.
        kernel: the core of OpenBLAS that is wanted; "" to leave the library's choice.
        removed: variables of the user that could change results, which are left out.
        variables: what is set, whatever the user has.
    """

    launch: Launch
    kernel: str
    removed: tuple[str, ...]
    variables: Mapping[str, str]


def choose_kernel(given: str) -> str:
    """Return the core, or VARIABLE=VALUE, for a value of the option; "" for the library's own choice."""
    if given == HOST:
        return ""
    return _CORES.get(platform.machine().lower(), "") if given == PORTABLE else given


def list_removed(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that could change results and that the program does not get from the user."""
    return tuple(sorted(name for name in environment if name in _NAMES or name.startswith(_PREFIXES)))


def remove_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without these variables."""
    removed = list_removed(environment)
    return {name: value for name, value in environment.items() if name not in removed}


def make_plan(subject: Subject, launch: Launch, kernel: str) -> Plan:
    """Return the fixed world for a program.

    Args:
        subject: the program, and what its Python says of its libraries.
        launch: how the user would start it.
        kernel: `portable`, `host`, a core of OpenBLAS, or a variable of another library with its value.
    """
    removed = list_removed(launch.environment)
    kept = remove_settings(launch.environment)
    fixed = {"PYTHONHASHSEED": "0", "LC_ALL": LOCALE, "LANG": LOCALE, "TZ": "UTC"}
    fixed["SOURCE_DATE_EPOCH"] = launch.environment.get("SOURCE_DATE_EPOCH", EPOCH)
    planned = attrs.evolve(launch, environment=kept | fixed, umask=UMASK)
    planned = Threads().apply("1", planned)
    planned = Simd().apply(Simd().values(subject)[-1], planned)
    planned = Libm().apply(Libm().values(subject)[-1], planned)
    core = choose_kernel(kernel)
    if core:
        planned = Kernel().apply(core, planned)
    if kernel == PORTABLE and any(entry.get("internal_api") == "mkl" for entry in subject.blas):
        planned = Kernel().apply("MKL_CBWR=COMPATIBLE", planned)
    if subject.python is not None:
        # Mounting over the user's own directory is left out: a killed command would leave a directory beside it.
        ordered = FileOrder().apply("sorted", planned)
        planned = attrs.evolve(planned, python_startup=ordered.python_startup)
    planned = Aslr().apply("fixed", planned)
    variables = {
        name: value for name, value in sorted(planned.environment.items()) if name in fixed or kept.get(name) != value
    }
    return Plan(launch=planned, kernel=core, removed=removed, variables=variables)
