"""Runs the cases of one reader: each must end in a value or in an error of the project, soon and in little memory."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import attrs

from verify.errors import ApplianceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

    from delivery.fuzz.readers import Reader

SLOW = 5.0  # seconds of one case
_HANG = 20  # seconds after which a case is ended
_HEADROOM = 1 << 31  # bytes beyond what the process takes
_CODES = (1, 2, 3)
_MEMORY = Path("/dev/shm")  # noqa: S108 - only for folders that TemporaryDirectory makes
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e]|^\s*::|##\[", re.MULTILINE)
_MOST_FINDINGS = 20


@attrs.frozen(kw_only=True)
class Finding:
    """A case that ended in another way; `case` makes it again."""

    reader: str
    case: int
    what: str


@attrs.define(kw_only=True)
class Tally:
    """What the cases of one reader came to."""

    reader: str
    cases: int = 0
    read: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    refusals: Counter[str] = attrs.field(factory=Counter)
    findings: list[Finding] = attrs.field(factory=list)

    def add(self, other: Tally) -> None:
        """Add the cases of another part."""
        self.cases += other.cases
        self.read += other.read
        self.slowest = max(self.slowest, other.slowest)
        self.seconds += other.seconds
        self.refusals += other.refusals
        self.findings += other.findings


class _HangError(Exception):
    """A case did not end."""


def make_case(reader: Reader, case: int) -> bytes:
    """Return the damaged file of a case; the same one every time."""
    return reader.damage(Random(f"{reader.name} {case}"))  # noqa: S311 - nothing secret


def run_cases(reader: Reader, cases: range, *, seconds: float, tally: Tally | None = None) -> Tally:
    """Return what these cases of a reader came to; after `seconds` no further case begins."""
    tally = tally or Tally(reader=reader.name)
    begun = time.perf_counter()
    with TemporaryDirectory(prefix="fuzz-", dir=_find_memory()) as place, _limit_memory():
        folder = Path(place)
        for case in cases:
            if time.perf_counter() - begun > seconds or len(tally.findings) >= _MOST_FINDINGS:
                break
            _run_case(reader, case, folder, tally)
    tally.seconds += time.perf_counter() - begun
    return tally


def _find_memory() -> Path | None:
    """Return a folder that is kept in memory, where this system has one: no case waits for a disk."""
    return _MEMORY if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK | os.X_OK) else None


def _run_case(reader: Reader, case: int, folder: Path, tally: Tally) -> None:
    data = make_case(reader, case)
    begun, problem = time.perf_counter(), ""
    try:
        with _watch():
            problem = _find_unsafe(reader.read(data, folder))
        tally.read += 1
    except ApplianceError as error:
        tally.refusals[error.title] += 1
        problem = f"exit code {error.exit_code}" if error.exit_code not in _CODES else ""
        problem = problem or _find_unsafe([str(error)])
    except Exception as error:  # noqa: BLE001 - everything else is what is looked for
        problem = f"{type(error).__name__}: {error}"[:300]
    spent = time.perf_counter() - begun
    tally.cases += 1
    tally.slowest = max(tally.slowest, spent)
    if spent > SLOW:
        problem = problem or f"took {spent:.1f} s"
    if problem:
        tally.findings.append(Finding(reader=reader.name, case=case, what=problem))


def _find_unsafe(shown: list[str]) -> str:
    """Return what of the shown text a terminal or the log of a CI run would execute; empty for nothing."""
    match = next(filter(None, map(_UNSAFE.search, shown)), None)
    return f"unsafe text: {match[0]!r}" if match else ""


@contextlib.contextmanager
def _watch() -> Iterator[None]:
    """End a case that hangs, where the system has alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        raise _HangError(f"not done after {_HANG} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(_HANG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _limit_memory() -> Iterator[None]:
    """Let the cases take only so much memory beyond what the process has, where Linux can limit it."""
    status = Path("/proc/self/status")
    if sys.platform != "linux" or not status.exists():
        yield
        return
    import resource  # noqa: PLC0415 - only on Linux

    size = re.search(r"VmSize:\s+(\d+) kB", status.read_text(encoding="ascii"))
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, ((int(size[1]) << 10 if size else 0) + _HEADROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
