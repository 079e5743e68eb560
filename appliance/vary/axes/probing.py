"""Starts probes like the program under test: what an axis does is read in a child, never taken from the setting."""

from __future__ import annotations

import functools
import shutil
import sys
from typing import TYPE_CHECKING

from appliance.processes.captured import run_captured
from appliance.processes.child import Command, Limits
from appliance.vary.axes.executables import read_loader
from appliance.vary.axis import Launch, Proof

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from appliance.vary.axis import Axis, Subject

    Run = Callable[[Launch], str]

AS_IT_IS = "as it is"
_WITH_ARGUMENT = ("-W", "-X", "--check-hash-based-pycs")
_NO_PROGRAM = ("-c", "-m", "-")
_SECONDS = 10.0  # for a trial of a tool such as `setarch`; it needs some milliseconds


def start_probe(subject: Subject, program: str, *arguments: str) -> Launch:
    """Return the launch of a small Python program, in the interpreter of the program under test if it has one."""
    if subject.python is None:
        command = (sys.executable, "-I", "-S", "-c", program, *arguments)
    else:
        command = (str(subject.python), *_read_options(subject.command), "-c", program, *arguments)
    return Launch(command=command, environment=dict(subject.environment), directory=subject.scratch)


def _read_options(command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the options of the interpreter in `python [options] script`: -I, for example, switches variables off."""
    if not is_interpreter(command[0]):
        return ()
    options: list[str] = []
    words = iter(command[1:])
    for word in words:
        if not word.startswith("-") or word in _NO_PROGRAM:
            break
        options.append(word)
        if word in _WITH_ARGUMENT:
            options.append(next(words, ""))
    return tuple(options)


def is_interpreter(program: str) -> bool:
    """Tell whether a program is called like an interpreter of Python."""
    return program.rpartition("/")[2].startswith(("python", "pypy"))


def look_twice(axis: Axis, value: str, subject: Subject, run: Run, probe: Launch) -> tuple[str, str]:
    """Return what a probe prints in the baseline's world, then with this value."""
    return run(axis.apply(axis.values(subject)[0], probe)).strip(), run(axis.apply(value, probe)).strip()


def compare(axis: Axis, value: str, subject: Subject, run: Run, probe: Launch, *, remedy: str) -> Proof:
    """Return the proof of a value that must change what a probe prints."""
    before, after = look_twice(axis, value, subject, run, probe)
    return judge(before, after, remedy=remedy)


def judge(before: str, after: str, *, remedy: str) -> Proof:
    """Return the proof from what a probe printed without the value and with it."""
    if not before:
        return refuse("the probe printed nothing, not even without this value", remedy)
    if not after:
        return refuse("the probe could not run with this value", remedy)
    if before == after:
        return refuse("a child with this value is like one without it", remedy, found=after)
    return Proof(effective=True, found=after)


def refuse(reason: str, remedy: str, *, found: str = "") -> Proof:
    """Return the proof of a value that is not tested."""
    return Proof(effective=False, found=found, reason=reason, remedy=remedy)


def refuse_without_tool(tool: str, package: str) -> Proof | None:
    """Return why a value is not tested where a program is not installed, else None."""
    if shutil.which(tool):
        return None
    return refuse(f"the program {tool} is not installed", f"install the package {package}")


def refuse_other_library(subject: Subject) -> Proof | None:
    """Return why a setting of the C library cannot be seen in this program, None where the probe speaks for it.

    The probe of a program that is not Python is our interpreter. It must have the same C library.
    """
    if subject.python is not None:
        return None
    program = shutil.which(subject.command[0], path=subject.environment.get("PATH"))
    loader = read_loader(program) if program else None
    if loader is not None and loader == read_loader(sys.executable):
        return None
    found = f"its loader is {loader}" if loader else "it is linked statically, or is no ELF program"
    remedy = "use a build that is linked with the C library of this system"
    return refuse(f"the program does not have the C library of the probe: {found}", remedy)


def refuse_without_python(subject: Subject) -> Proof | None:
    """Return why a setting of Python is not tested in another program, else None."""
    if subject.python is not None:
        return None
    return refuse("the program is not one of Python", "name the interpreter in the command: python SCRIPT")


@functools.cache
def works(*command: str) -> bool:
    """Tell whether a tool may do its work here: containers often forbid what is installed."""
    if shutil.which(command[0]) is None:
        return False
    answer = run_captured(Command(arguments=(*command, "true")), Limits(seconds=_SECONDS))
    return answer.status == "exited" and answer.code == 0


def make_folder(subject: Subject, name: str) -> Path:
    """Return a directory of an axis inside the scratch directory."""
    folder = subject.scratch / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
