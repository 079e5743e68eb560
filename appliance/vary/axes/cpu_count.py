"""The axis `cpu-count`: how many processors the machine says that it has."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.probing import AS_IT_IS, compare, refuse, start_probe, works
from appliance.vary.axes.user_spaces import OWN_SPACE, give_up_rights

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_MOST = 8192  # more than Linux can have
# What the C library reads for sysconf(_SC_NPROCESSORS_ONLN): ranges of numbers, such as 0-3.
_FILE = "/sys/devices/system/cpu/online"
_AS_ROOT = ("unshare", "--mount", "--propagation", "private", "--")
_AS_USER = (*OWN_SPACE, *_AS_ROOT[1:])
# Mounts a file with another list of processors over that of the system, and becomes the command.
_MOUNT = (
    "import os, subprocess, sys, tempfile; "
    'file = tempfile.NamedTemporaryFile("w"); '
    'file.write("0-%d\\n" % (int(sys.argv[1]) - 1)); '
    "file.flush(); "
    "os.fchmod(file.fileno(), 0o644); "
    'subprocess.run(["mount", "--bind", file.name, sys.argv[2]], check=True); '
    "file.close(); "
    "os.execvp(sys.argv[3], sys.argv[3:])"
)
# Python's own answer, where nothing can be mounted or the C library counts in another way.
_STARTUP = """
def _vary_count():
    import os
    os.cpu_count = lambda: {count}
_vary_count()
del _vary_count
"""
_PROBE = "import os; print(os.cpu_count())"
_TRIAL = "import os, sys; sys.exit(os.cpu_count() != int(sys.argv[1]))"


class CpuCount:
    """Tells the child another number of processors than the machine has; it may use the same ones."""

    name = "cpu-count"
    title = "number of processors of the machine"
    default = True

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return two other numbers: one, where programs go a way of their own, and one that divides work elsewhere."""
        return (AS_IT_IS, *[str(count) for count in (1, 3, 5) if count != os.cpu_count()][:2])

    def apply(self, value: str, launch: Launch) -> Launch:
        """Mount another list of processors for the command; where that does not work, let only Python count so."""
        if not _is_count(value):
            return launch
        space = _find_space()
        if space is None:
            lines = _STARTUP.format(count=int(value))
            return attrs.evolve(launch, python_startup=(*launch.python_startup, lines))
        return attrs.evolve(launch, prefix=(*launch.prefix, *space, *_write_mount(value), *give_up_rights(space)))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the number in the child."""
        remedy = "allow user namespaces, or start it as root, with util-linux; without them only Python counts so"
        if not _is_count(value):
            return refuse(f"not a number of processors: {value}", f"give a whole number from 1 to {_MOST}: cpu-count=3")
        if subject.python is None and _find_space() is None:
            return refuse("nothing can be mounted here, and the program is not one of Python", remedy)
        return compare(self, value, subject, run, start_probe(subject, _PROBE), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "give the program a fixed number of parts or workers, instead of os.cpu_count()"


def _is_count(value: str) -> bool:
    return value.isascii() and value.isdigit() and 1 <= int(value) <= _MOST


def _write_mount(value: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", "-c", _MOUNT, value, _FILE)


def _find_space() -> tuple[str, ...] | None:
    """Return the namespace in which a mounted list counts, as root or as a user; None where none does."""
    for space in (_AS_ROOT, _AS_USER):
        trial = (sys.executable, "-I", "-S", "-c", _TRIAL, "7")
        if works(*space, *_write_mount("7"), *give_up_rights(space), *trial):
            return space
    return None
