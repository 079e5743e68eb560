"""Keeps the recorder's own frames out of the traceback with which a program ends, and remembers the failure."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]

_MOST = 500


def clean_tracebacks() -> list[str]:
    """Put a hook before `sys.excepthook`; return a list that gets the failure which ends the program."""
    failure: list[str] = []
    before: Hook = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        failure[:] = [f"{kind.__name__}: {error}"[:_MOST]]
        _clean(error)
        before(kind, error, remove_own_frames(trace))

    sys.excepthook = hook
    return failure


def _clean(error: BaseException | None) -> None:
    """Remove the recorder's frames from an error and from those behind it."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or any(one is known for known in seen):
            continue
        seen.append(one)
        one.__traceback__ = remove_own_frames(one.__traceback__)
        waiting += [one.__cause__, one.__context__]


def remove_own_frames(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback without frames of this package and without those of `runpy` at its top."""
    frames: list[TracebackType] = []
    while trace is not None:
        frames.append(trace)
        trace = trace.tb_next
    own = __name__.rpartition(".")[0] + "."
    kept = [frame for frame in frames if not str(frame.tb_frame.f_globals.get("__name__", "")).startswith(own)]
    while kept and kept[0].tb_frame.f_globals.get("__name__") == "runpy":
        del kept[0]
    result = None
    for frame in reversed(kept):
        result = TracebackType(result, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
    return result
