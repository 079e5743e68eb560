"""Records the functions of watched modules: arguments when they begin, the result when they return.

`sys.monitoring` does this from Python 3.12 on, and `sys.setprofile` before. Generators, coroutines, and the bodies of
modules and classes are left out.
"""

from __future__ import annotations

import sys
import threading
from opcode import opmap
from typing import TYPE_CHECKING

from verify.tracing import session as sessions
from verify.tracing.session import is_array

if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from verify.tracing.imports import Watched
    from verify.tracing.pending import Pending

_FUNCTION, _SUSPENDED = 0x1, 0x20 | 0x80 | 0x200  # flags of code: optimized; generator, coroutine, async generator
_UNNAMED = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<module>")
_MOST = 64
_RETURN = opmap["RETURN_VALUE"]
_TOOL_NAME = "repro-appliance trace"


class _Stack(threading.local):
    """The watched functions of one thread that have not returned."""

    def __init__(self) -> None:
        self.calls: list[tuple[CodeType, Pending | None, object]] = []


class Returns:
    """Hooks that see watched functions.

    Args:
        watched: which modules are watched.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._stack = _Stack()
        self._names: dict[CodeType, str] = {}
        self._tool: int | None = None
        self._disable: object = None  # what a hook returns where it need not be called again

    def install(self) -> str:
        """Put the hooks in place; return the name of the means, or "" if another tool has it."""
        if sys.version_info >= (3, 12):
            return self._install_monitoring()
        if sys.getprofile() is not None:
            return ""
        hook = self._profile
        sys.setprofile(hook)
        threading.setprofile(hook)
        if sessions.session is not None:
            sessions.session.profile = hook
        return "sys.setprofile"

    def _install_monitoring(self) -> str:
        monitoring: Any = getattr(sys, "monitoring", None)
        for number in (4, 3, 5):
            if monitoring.get_tool(number) is None:
                monitoring.use_tool_id(number, _TOOL_NAME)
                self._tool = number
                break
        else:
            return ""
        events, self._disable = monitoring.events, monitoring.DISABLE
        monitoring.register_callback(self._tool, events.PY_START, self._start)
        monitoring.register_callback(self._tool, events.PY_RETURN, self._return)
        monitoring.register_callback(self._tool, events.PY_UNWIND, self._unwind)
        monitoring.set_events(self._tool, events.PY_START | events.PY_RETURN | events.PY_UNWIND)
        return "sys.monitoring"

    def _is_watched(self, code: CodeType) -> bool:
        if code.co_filename not in self._watched.files or not code.co_flags & _FUNCTION:
            return False
        return not code.co_flags & _SUSPENDED and code.co_name not in _UNNAMED

    def _start(self, code: CodeType, _offset: int) -> object:
        if not self._is_watched(code):
            return self._disable
        self._enter(code, sys._getframe(1))  # noqa: SLF001 - the frame of the function that begins
        return None

    def _return(self, code: CodeType, _offset: int, value: object) -> object:
        if not self._is_watched(code):
            return self._disable
        self._leave(code, value)
        return None

    def _unwind(self, code: CodeType, _offset: int, _error: BaseException) -> None:
        if self._is_watched(code):
            self._pop(code)

    def _profile(self, frame: FrameType, event: str, value: object) -> None:
        if event == "call" and self._is_watched(frame.f_code):
            self._enter(frame.f_code, frame)
        elif event == "return" and self._stack.calls and self._is_watched(frame.f_code):
            if value is None and frame.f_code.co_code[frame.f_lasti] != _RETURN:
                self._pop(frame.f_code)  # an exception left the function
            else:
                self._leave(frame.f_code, value)

    def _enter(self, code: CodeType, frame: FrameType) -> None:
        session = sessions.session
        if session is None or session.busy.on:
            return
        pending, owner = None, None
        try:
            owner, inputs = _read_arguments(code, frame)
            pending = session.begin("operation", self._name(code, owner), inputs)
        except Exception as error:  # noqa: BLE001 - an object that answers in odd ways must not end the program
            session.note(f"arguments of {code.co_name} ({type(error).__name__})")
        self._stack.calls.append((code, pending, owner))

    def _name(self, code: CodeType, owner: object) -> str:
        """Return the stage of a function: its module and its name, with its class."""
        name = self._names.get(code)
        if name is None:
            whole = getattr(code, "co_qualname", None) or _find_name(code, owner)
            name = f"{self._watched.files[code.co_filename]}.{whole.rpartition('<locals>.')[2]}"
            self._names[code] = name
        return name

    def _leave(self, code: CodeType, value: object) -> None:
        session, (pending, owner) = sessions.session, self._pop(code)
        if session is not None and pending is not None and (value is not None or "inputs" in pending.line):
            results = [] if value is owner else [("result", value)]
            session.end(pending, [*results, *_list_arrays(owner)])

    def _pop(self, code: CodeType) -> tuple[Pending | None, object]:
        """Return event and object of the innermost call of this function; those above it have ended without a word."""
        calls = self._stack.calls
        for place in range(len(calls) - 1, -1, -1):
            if calls[place][0] is code:
                _, pending, owner = calls[place]
                del calls[place:]
                return pending, owner
        return None, None


def _read_arguments(code: CodeType, frame: FrameType) -> tuple[object, list[tuple[str, object]]]:
    """Return the object that a method belongs to, and the arguments with the arrays of that object."""
    count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x4) + bool(code.co_flags & 0x8)
    values = frame.f_locals
    inputs = [(name, values[name]) for name in code.co_varnames[:count] if name in values]
    owner = inputs[0][1] if inputs and inputs[0][0] == "self" else None
    return owner, [*_list_arrays(owner), *(pair for pair in inputs if pair[0] not in ("self", "cls"))]


def _find_name(code: CodeType, owner: object) -> str:
    """Return the name of a method with the class that defines it, as Python itself knows it from 3.11 on."""
    for base in type(owner).__mro__:
        for value in list(vars(base).values()):
            function = getattr(value, "fget", None) or value
            if getattr(function, "__code__", None) is code:
                return f"{base.__qualname__}.{code.co_name}"
    return code.co_name


def _list_arrays(owner: object) -> list[tuple[str, object]]:
    """Return the arrays that an object of a watched module holds itself, by name."""
    held = getattr(owner, "__dict__", None) if owner is not None else None
    if not isinstance(held, dict):
        return []
    return [(f"self.{name}", value) for name, value in list(held.items())[:_MOST] if is_array(value)]
