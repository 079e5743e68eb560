"""Turns signals into exit codes: 130 for SIGINT, 143 for SIGTERM, 129 for SIGHUP, with every cleanup done."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_OFFSET = 128  # a shell's exit code of a signal is its number and this
_TOGETHER = 0.5  # seconds; a closed terminal sends two signals at once, and so do some managers of services
_WORDS = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "terminated: the terminal was closed"}


# In the order in which they arrived. Libraries replace the exception by one of their own, which names no signal.
_received: list[int] = []


class Terminated(KeyboardInterrupt):
    """A signal that asks this process to end; it is handled like an interrupt."""


def list_signals() -> list[signal.Signals]:
    """Return the signals that ask a process to end, as far as this system has them."""
    return [signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__]


def find_exit_code() -> int:
    """Return the exit code for the first signal that arrived; that of SIGINT if none did."""
    return _OFFSET + (_received[0] if _received else signal.SIGINT)


def has_arrived() -> bool:
    """Tell whether a signal arrived; the exception that it raised may have been lost since."""
    return bool(_received)


def describe_exit_code(code: int) -> str:
    """Return the word that is printed for such an exit code."""
    return _WORDS.get(next((s.name for s in list_signals() if s + _OFFSET == code), ""), "terminated")


def hold_signals() -> None:
    """Make signals wait. They wait also while the interpreter is replaced, and arrive after `release_signals`."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, list_signals())


def release_signals() -> None:
    """Let signals arrive, those that waited too."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, list_signals())


def handle_signals() -> None:
    """Raise `Terminated` when a signal asks this process to end; a signal that is ignored stays ignored."""
    for number in list_signals():
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


def _raise(number: int, _: FrameType | None) -> None:
    _received.append(number)
    raise Terminated


class Deferred:
    """Signals that wait for the end of a step.

    Attributes:
        arrived: the first one that arrived; None so far.
    """

    def __init__(self) -> None:
        self.arrived: int | None = None
        self._since = 0.0
        self._former: dict[int, Any] = {}

    def begin(self) -> None:
        """Take the signals that end this process, except those for which a program has a handler of its own."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in list_signals():
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _raise):
                self._former[number] = signal.signal(number, self._take)

    def release(self) -> None:
        """Give all signals back to whoever had them."""
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._former = {}

    def _take(self, number: int, _: FrameType | None) -> None:
        if self.arrived is None:
            self.arrived, self._since = number, time.monotonic()
        elif time.monotonic() - self._since > _TOGETHER:
            self.release()
            signal.raise_signal(number)


@contextmanager
def defer_signals() -> Iterator[Deferred]:
    """Let a first signal wait inside the block; a second one, half a second later or more, acts at once.

    A signal that waits in the end acts then, unless an error ended the block.
    """
    deferred = Deferred()
    deferred.begin()
    try:
        yield deferred
    finally:
        deferred.release()
    if deferred.arrived is not None:
        signal.raise_signal(deferred.arrived)
