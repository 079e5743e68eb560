"""The axes of versions, `python`, `numpy`: from interpreters or environments that exist already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from appliance.vary.axes.executables import expand_script
from appliance.vary.axes.probing import (
    AS_IT_IS,
    compare,
    is_interpreter,
    refuse,
    refuse_without_python,
    start_probe,
)

if TYPE_CHECKING:
    from appliance.vary.axes.probing import Run
    from appliance.vary.axis import Launch, Proof, Subject

_PYTHON = "import platform, sys; print(platform.python_implementation(), platform.python_version(), sys.version)"
_NUMPY = "import numpy; print('NumPy', numpy.__version__, 'in', numpy.__file__)"


class Python:
    """Starts the program in another interpreter; reads its version there. Nothing is installed."""

    name = "python"
    title = "version of Python"
    default = False
    _probe = _PYTHON

    def values(self, subject: Subject) -> tuple[str, ...]:  # noqa: ARG002 - the same for every program
        """Return nothing to vary: interpreters are given by hand."""
        return (AS_IT_IS,)

    def apply(self, value: str, launch: Launch) -> Launch:
        """Replace the interpreter; the value is one, or the directory of an environment."""
        if value == AS_IT_IS:
            return launch
        other = find_interpreter(value)
        command = launch.command
        if not is_interpreter(command[0]):
            command = expand_script(command, launch.environment.get("PATH"))
        if not is_interpreter(command[0]):
            return launch
        return attrs.evolve(launch, command=(other, *command[1:]))

    def prove(self, value: str, subject: Subject, run: Run) -> Proof:
        """Compare the versions in the child."""
        remedy = f"give interpreters or environments that have what the program imports: --axis {self.name}=PATH,PATH"
        other = refuse_without_python(subject)
        if other is not None:
            return other
        if value == AS_IT_IS:
            return refuse("no other interpreter was given, and nothing is installed by this program", remedy)
        return compare(self, value, subject, run, start_probe(subject, self._probe), remedy=remedy)

    def advise(self) -> str:
        """Return what helps."""
        return "fix the version of Python with the results, or find the call that changed with `shrink` and `trace`"


class NumPy(Python):
    """Starts the program in an environment with another NumPy; reads its version there. Nothing is installed."""

    name = "numpy"
    title = "version of NumPy"
    _probe = _NUMPY

    def advise(self) -> str:
        """Return what helps."""
        return 'fix the version of NumPy in a lock file; use kind="stable" in sorts, and raw words of a generator'


def find_interpreter(value: str) -> str:
    """Return the interpreter that a value names: itself, or that of an environment's directory."""
    path = Path(value)
    names = (path / "bin" / "python", path / "Scripts" / "python.exe")
    found = next((name for name in names if name.exists()), path)
    return str(found.absolute()) if found.exists() else value
