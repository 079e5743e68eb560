"""Restarts the interpreter, once, in the environment that a profile needs.

Standard library and attrs only, so that it can run before NumPy is loaded.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from appliance.launch.precision import round_to_double
from appliance.launch.variables import THREAD_VARIABLES, plan_variables
from appliance.processes.child import Command, run_attached
from verify.errors import CouldNotJudgeError
from verify.startup.origin import read_origin
from verify.startup.program import ChildEnded
from verify.startup.restart import plan_clean_start, replace_process
from verify.startup.signals import release_signals

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

GUARD = "REPRO_APPLIANCE_LAUNCHED"
_ENABLING = "NPY_ENABLE_CPU_FEATURES"
_DISABLING = "NPY_DISABLE_CPU_FEATURES"


def find_differences(plan: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str | None]:
    """Return which variables of `environ` must change: name to wanted value, None for a variable to remove.

    A hash seed that the user has set to any integer is kept. NumPy refuses to start if features are both enabled and
    disabled by name, so a plan that disables features removes the other variable.
    """
    differences: dict[str, str | None] = {name: value for name, value in plan.items() if environ.get(name) != value}
    if environ.get("PYTHONHASHSEED", "").isdecimal():
        differences.pop("PYTHONHASHSEED", None)
    if _DISABLING in plan and _ENABLING in environ:
        differences[_ENABLING] = None
    return differences


def ensure_environment(profile: str, threads: int = 1) -> None:
    """Return if the environment is the one that `profile` needs with `threads` threads; else restart in it.

    An x87 unit is also made to round to 53 bits.

    The restart keeps interpreter flags, arguments, working directory and standard streams. On POSIX it keeps the
    process, so the program still gets its signals; those that arrive meanwhile wait until `verify.startup` releases
    them. On Windows a child does the work, and this process exits with the child's code. Nothing may have been read
    from standard input before.

    Raises:
        CouldNotJudgeError: NumPy is already loaded, the program cannot be started again, or the environment is still
            a different one after a restart.
        UsageError: no such profile, or fewer than one thread.
    """
    plan = plan_variables(profile, threads)
    differences = find_differences(plan, os.environ)
    if not differences:
        round_to_double()
        return
    if "numpy" in sys.modules:
        raise _describe("NumPy was loaded before its environment was set", differences)
    guard = _name_guard(plan)
    if os.environ.get(GUARD) == guard:
        raise _describe("the environment did not survive the restart", differences)
    if not sys.executable or not sys.argv or sys.argv[0] in ("", "-"):
        raise _describe("a program without a file of its own cannot be restarted", differences)
    wanted = {**os.environ, **differences, GUARD: guard}
    environ = {name: value for name, value in wanted.items() if value is not None}
    arguments, origin = [sys.executable, *sys.orig_argv[1:]], read_origin()
    if origin is not None and Path(origin.program).is_file():
        arguments, environ = plan_clean_start(origin.program, environ)
    try:
        restart(arguments, environ, in_place=os.name != "nt")
    except OSError as error:
        release_signals()
        raise _describe(f"the interpreter cannot be restarted ({error.strerror})", differences) from error


def start_no_pool(environ: MutableMapping[str, str]) -> None:
    """Let a command that multiplies nothing start no threads of BLAS; what a user has set stays."""
    if "numpy" not in sys.modules:
        for name in THREAD_VARIABLES:
            environ.setdefault(name, "1")


def restart(arguments: list[str], environ: Mapping[str, str], *, in_place: bool) -> NoReturn:
    """Replace this process (`in_place`), or run a child and exit with its exit code.

    Raises:
        OSError: the interpreter cannot be started.
        ChildEnded: with the child's exit code, when not `in_place`.
    """
    if in_place:
        replace_process(arguments, environ)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    raise ChildEnded(run_attached(Command(arguments=tuple(arguments), environment=dict(environ))))


def _name_guard(plan: Mapping[str, str]) -> str:
    """Name this restart, so that a child process that inherits the name may still restart itself."""
    if os.name == "nt":
        return hashlib.sha256(repr(sorted(plan.items())).encode()).hexdigest()
    return str(os.getpid())


def _describe(title: str, differences: Mapping[str, str | None]) -> CouldNotJudgeError:
    wanted = [f"{name}={value}" for name, value in sorted(differences.items()) if value is not None]
    unset = [f"-u {name}" for name, value in sorted(differences.items()) if value is None]
    found = [f"{name}={os.environ.get(name, '(not set)')}" for name in sorted(differences)]
    return CouldNotJudgeError(
        title,
        expected=" ".join([*wanted, *(f"no {name[3:]}" for name in unset)]),
        found=" ".join(found),
        where="environment",
        remedy="set it before the start: env " + " ".join([*unset, *wanted]) + " repro-appliance ...",
    )
