"""Faults at every step: an interrupt, an error of the system or the end of the process at the n-th event of a call.

Events are the lines of given modules, and the beginnings and ends of calls of the operating system's functions.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

Kind = Literal["interrupt", "error", "kill"]
_SYSTEM = ("posix", "nt", "_io", "fcntl")
_KILLED = 77


class Faults:
    """Counts events during a call, and lets one of them fail.

    Args:
        kind: what happens: Ctrl-C, an error of an operation before it is carried out, or the end of the process.
        step: at which event; 0 for none.
        modules: beginnings of the names of modules of which every line is an event, except for errors.
    """

    def __init__(self, kind: Kind, step: int, modules: tuple[str, ...]) -> None:
        self.kind = kind
        self.count = 0
        self._step = step
        self._modules = modules

    def call(self, function: Callable[[], object]) -> BaseException | None:
        """Call the function; return the exception with which it ended."""
        sys.setprofile(self._see_call)
        if self.kind != "error":
            sys.settrace(self._see_frame)
        try:
            function()
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - whatever the fault became
            return error
        finally:
            sys.settrace(None)
            sys.setprofile(None)
        return None

    def _see_frame(self, frame: FrameType, _event: str, _argument: object) -> Callable[..., Any] | None:
        return self._see_line if frame.f_globals.get("__name__", "").startswith(self._modules) else None

    def _see_line(self, _frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        if event == "line":
            self._take_step()
        return self._see_line

    def _see_call(self, _frame: FrameType, event: str, argument: object) -> None:
        module = getattr(argument, "__module__", None) or type(getattr(argument, "__self__", None)).__module__
        wanted = ("c_call",) if self.kind == "error" else ("c_call", "c_return")
        if event in wanted and module in _SYSTEM:
            self._take_step()

    def _take_step(self) -> None:
        self.count += 1
        if self.count != self._step:
            return
        sys.settrace(None)
        sys.setprofile(None)
        if self.kind == "kill":
            os._exit(_KILLED)
        if self.kind == "error":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        raise KeyboardInterrupt


def count_steps(function: Callable[[], object], kind: Kind, modules: tuple[str, ...]) -> int:
    """Return how many events there are when nothing fails."""
    faults = Faults(kind, 0, modules)
    assert faults.call(function) is None
    return faults.count


def disturb(function: Callable[[], object], kind: Kind, step: int, modules: tuple[str, ...]) -> bool:
    """Call the function with a fault at a step, a kill in a process of its own; return whether the fault was seen."""
    faults = Faults(kind, step, modules)
    if kind != "kill":
        return faults.call(function) is not None
    return is_killed(lambda: faults.call(function))


def is_killed(function: Callable[[], object]) -> bool:
    """Call the function in a process of its own; return whether a kill at a step ended it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the other threads of this process hold no lock of ours
        child = os.fork()
    if not child:
        try:
            function()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == _KILLED
