"""Records the functions of watched modules: arguments when they begin, the result when they return.

`sys.monitoring` does this from Python 3.12 on, and `sys.setprofile` before. Generators, coroutines, and the bodies of
modules and classes are left out.
"""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from verify.tracing import session as sessions

if TYPE_CHECKING:
    from types import CodeType, FrameType
    from typing import Any

    from verify.tracing.imports import Watched
    from verify.tracing.recorder import Pending

_FUNCTION, _SUSPENDED = 0x1, 0x20 | 0x80 | 0x200  # flags of code: optimized; generator, coroutine, async generator
_UNNAMED = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>", "<module>")
_TOOL_NAME = "repro-appliance trace"


class _Stack(threading.local):
    """The watched functions of one thread that have not returned."""

    def __init__(self) -> None:
        self.calls: list[tuple[CodeType, Pending | None]] = []


class Returns:
    """Hooks that see watched functions.

    Args:
        watched: which modules are watched.
    """

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._stack = _Stack()
        self._tool: int | None = None
        self._disable: object = None  # what a hook returns where it need not be called again

    def install(self) -> str:
        """Put the hooks in place; return the name of the means, or "" if another tool has it."""
        if sys.version_info >= (3, 12):
            return self._install_monitoring()
        if sys.getprofile() is not None:
            return ""
        sys.setprofile(self._profile)
        threading.setprofile(self._profile)
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
            self._leave(frame.f_code, value)

    def _enter(self, code: CodeType, frame: FrameType) -> None:
        session = sessions.session
        if session is None or session.busy.on:
            return
        count = code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 0x4) + bool(code.co_flags & 0x8)
        values = frame.f_locals
        inputs = [(name, values[name]) for name in code.co_varnames[:count] if name in values]
        module = self._watched.files[code.co_filename]
        stage = f"{module}.{getattr(code, 'co_qualname', code.co_name)}".replace(".<locals>", "")
        pairs = [pair for pair in inputs if pair[0] not in ("self", "cls")]
        self._stack.calls.append((code, session.begin("operation", stage, pairs)))

    def _leave(self, code: CodeType, value: object) -> None:
        session, pending = sessions.session, self._pop(code)
        if session is not None and pending is not None and (value is not None or "inputs" in pending.line):
            session.end(pending, (("result", value),))

    def _pop(self, code: CodeType) -> Pending | None:
        """Return the event of the innermost call of this function; those above it have ended without a word."""
        calls = self._stack.calls
        for place in range(len(calls) - 1, -1, -1):
            if calls[place][0] is code:
                pending = calls[place][1]
                del calls[place:]
                return pending
        return None
