"""Remembers the environment in which the user started the program, through a restart of the interpreter.

The restarted process has other variables: thread counts, hash seed, PYTHONPATH. The origin keeps what the user had.
It is held in one environment variable with the number of the process, so that children do not take it for theirs.
This module is imported before the path is in order.
"""

import marshal
import os
import sys

VARIABLE = "REPRO_APPLIANCE_ORIGIN"
PATH = "PYTHONPATH"
# The variables that a restart changes, and those that describe the world of a computation.
_PREFIXES = (
    "BLIS_", "DYLD_", "GOTO_", "KMP_", "LANG", "LC_", "LD_", "MALLOC_", "MKL_", "NPY_", "NUMEXPR_", "OMP_",
    "OPENBLAS_", "PYTHON", "VECLIB_",
)  # fmt: skip
_NAMES = ("GLIBC_TUNABLES", "TZ")
# In the locale C, Python sets LC_CTYPE to one of these before it starts (PEP 538); its children would get it, too.
_COERCED = {"LC_CTYPE": ("C.UTF-8", "C.utf8", "UTF-8")}
_GIVEN = "/proc/self/environ"  # the variables with which this process was started


class Origin:
    """How the user started this process.

    Args:
        program: the file that starts this program again.
        environment: the variables that a restart can change or that can matter to a computation.
        hash_randomization: the interpreter's flag.
    """

    def __init__(self, program: str, environment: dict[str, str], hash_randomization: int) -> None:
        self.program = program
        self.environment = environment
        self.hash_randomization = hash_randomization


def select_variables(environ: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """Return the variables of an environment that an origin keeps."""
    return {name: value for name, value in environ.items() if name in _NAMES or name.startswith(_PREFIXES)}


def remember_origin(program: str) -> tuple[Origin, bool]:
    """Return the origin of this process, and whether the interpreter was restarted since; keep it for later.

    PYTHONPATH is again what the user gave, for this process's children.

    Args:
        program: the file that starts this program again.
    """
    left = read_origin()
    if left is not None:
        if PATH in left.environment:
            os.environ[PATH] = left.environment[PATH]
        return left, True
    made = Origin(program, _select_given(), sys.flags.hash_randomization)
    os.environ[VARIABLE] = _format(made)
    return made, False


def read_origin() -> Origin | None:
    """Return the origin of this process; None if it was not started by `verify.startup.program`."""
    owner, _, text = os.environ.get(VARIABLE, "").partition(":")
    # Where a process cannot be replaced, the restarted one is a child.
    if owner not in ((str(os.getpid()),) if os.name != "nt" else (str(os.getpid()), str(os.getppid()))):
        return None
    try:
        program, environment, flag = marshal.loads(bytes.fromhex(text))  # noqa: S302 - this program wrote it
    except (ValueError, EOFError, TypeError):
        return None
    return Origin(program, environment, flag)


def _format(origin: Origin) -> str:
    fields = (origin.program, origin.environment, origin.hash_randomization)
    return f"{os.getpid()}:{marshal.dumps(fields).hex()}"


def describe_start() -> Origin:
    """Return the origin of this process, or this process itself where it was started in another way."""
    return read_origin() or Origin("", _select_given(), sys.flags.hash_randomization)


def _select_given() -> dict[str, str]:
    """Return the variables that an origin keeps, without a locale that Python itself has set."""
    kept = select_variables(os.environ)
    for name, values in _COERCED.items():
        if kept.get(name) in values and not _was_given(name):
            del kept[name]
    return kept


def _was_given(name: str) -> bool:
    """Tell whether this process was started with a variable; yes where that cannot be known."""
    try:
        with open(_GIVEN, "rb") as stream:  # noqa: PTH123 - imported before the path is in order
            entries = stream.read().split(b"\0")
    except OSError:
        return True
    return any(entry.startswith(name.encode() + b"=") for entry in entries)
