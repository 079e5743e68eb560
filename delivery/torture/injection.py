"""Lets one call of the operating system fail in this process: the n-th of those that write a run or a checkpoint."""

from __future__ import annotations

import builtins
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

CALLS = (
    "chmod", "close", "fsync", "ftruncate", "link", "listdir", "lstat", "mkdir", "open", "rename", "replace", "rmdir",
    "scandir", "stat", "unlink", "write",
)  # fmt: skip
ROOMS = ("appliance.runs", "appliance.checkpoints", "verify.files.writing", "verify.files.checkpoint", "verify.tracing")
_UNTRIED = frozenset({"close"})  # it fails after the file is closed, on few file systems


@attrs.define
class Fault:
    """Counts the calls, and lets one of them raise an error of the system in the place of being carried out.

    Args:
        number: the error; see `errno`.
        step: which call fails, counted from 1; 0 for none.
        log: a file that gets the name of every call, so that they can be counted; None for none.
        lasting: all later calls fail, too.
        kill: the process is killed in the place of an error.
    """

    number: int
    step: int
    log: Path | None = None
    lasting: bool = False
    kill: bool = False
    count: int = attrs.field(default=0, init=False)

    def install(self) -> None:
        """Put counting functions into the place of those of the system."""
        for name in CALLS:
            if hasattr(os, name) and name not in _UNTRIED:
                setattr(os, name, self._wrap(name, getattr(os, name)))
        opened: Any = self._open
        io.open = builtins.open = opened

    def _wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes and returns
            self.see(name)
            return real(*given, **named)

        return call

    def _open(self, file: Any, mode: str = "r", buffering: int = -1, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - as above
        self.see("open")
        if mode in ("wb", "xb", "ab") and _is_ours():
            raw = _FaultyFile(file, mode, opener=named.get("opener"))
            raw.fault = self
            return io.BufferedWriter(raw) if buffering else raw
        return _OPEN(file, mode, buffering, *given, **named)

    def see(self, name: str) -> None:
        """Count a call of this name.

        Raises:
            OSError: it is the one that fails.
        """
        if not _is_ours():
            return
        self.count += 1
        if self.log is not None:
            handle = _OS_OPEN(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            _OS_WRITE(handle, f"{name}\n".encode())
            os.close(handle)
        if self.step and (self.count == self.step or (self.lasting and self.count > self.step)):
            if self.kill:
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(self.number, os.strerror(self.number))


_OPEN, _OS_OPEN, _OS_WRITE = io.open, os.open, os.write


class _FaultyFile(io.FileIO):
    """A file of which a write may fail; the part before it is written."""

    fault: Fault

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        """Write, unless this is the call that fails: then half of the data is written before."""
        try:
            self.fault.see("write")
        except OSError:
            super().write(bytes(data)[: len(data) // 2])
            raise
        return super().write(data)


def _is_ours() -> bool:
    """Tell whether the first module of this project that stands behind a call is one that writes."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - who calls decides
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(("appliance", "verify")):
            return name.startswith(ROOMS)
        if name.startswith("importlib"):
            return False
        frame = frame.f_back
    return False


def read_log(path: Path) -> list[str]:
    """Return the names of the calls that were counted."""
    return path.read_text(encoding="ascii").split()
