"""Replaces the interpreter by one that imports nothing of the user's before the path is in order."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from verify.startup.origin import PATH
from verify.startup.signals import Terminated, has_arrived, hold_signals

if TYPE_CHECKING:
    from collections.abc import Mapping

SAFE = "-P"


def plan_clean_start(program: str, environ: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return the command line and the environment that start a program again, with flags and arguments as they are.

    PYTHONPATH is left out, so that no module of the user, such as `sitecustomize`, is imported at the start; the
    origin of the process keeps it, and `remember_origin` brings it back.

    Args:
        program: the file to start.
        environ: the environment to start it in.
    """
    flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined] # noqa: SLF001 - as multiprocessing
    flags = [flag for flag in flags if flag != SAFE]
    arguments = [sys.executable, SAFE, *flags, program, *sys.argv[1:]]
    return arguments, {name: value for name, value in environ.items() if name != PATH}


def replace_process(arguments: list[str], environ: Mapping[str, str]) -> None:
    """Replace this process by another program; signals wait until that program releases them.

    Raises:
        OSError: the program cannot be started; signals still wait.
        Terminated: a signal has arrived, and something lost its exception.
    """
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    hold_signals()
    if has_arrived():  # the other program would not know of it
        raise Terminated
    os.execve(arguments[0], arguments, environ)  # noqa: S606 - the same program with the same arguments
