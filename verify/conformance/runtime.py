"""Probes of what surrounds the arithmetic: sorting, random words, threads."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from verify.host.threads import limit_threads

if TYPE_CHECKING:
    from verify.conformance.operations import Operations

_TASKS = Path("/proc/self/task")
# Of this thread's own processor time, so that on a busy machine others get their share as well; by the clock, at most:
_BUSY_SECONDS = 0.12
_MOST_PRODUCTS = 2000
_LONGEST_SECONDS = 3.0
_REST_SECONDS = 0.1  # after which threads that wait busily have gone to sleep
_TICKS = 2  # of a hundredth of a second, by which an idle thread may seem to have worked
_MASK = (1 << 64) - 1
_MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_WEYL = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS = 10


def check_sorting(operations: Operations) -> str | None:
    """Order words with many ties; a stable order keeps equal ones as they came."""
    words = (np.arange(3000, dtype=np.uint64) * np.uint64(2654435761)) % np.uint64(97) << np.uint64(57)
    values = words.tolist()
    if operations.stable_order(words).tolist() != sorted(range(len(values)), key=values.__getitem__):
        return "equal words changed their places"
    return None


def compute_philox(counter: int, key: int) -> list[int]:
    """Return the four words of Philox4x64-10 (Salmon et al., SC 2011) for a counter of 256 and a key of 128 bits."""
    a, b, c, d = (counter >> shift & _MASK for shift in (0, 64, 128, 192))
    low, high = key & _MASK, key >> 64
    for _ in range(_ROUNDS):
        first, second = _MULTIPLIERS[0] * a, _MULTIPLIERS[1] * c
        a, b, c, d = (second >> 64) ^ b ^ low, second & _MASK, (first >> 64) ^ d ^ high, first & _MASK
        low, high = (low + _WEYL[0]) & _MASK, (high + _WEYL[1]) & _MASK
    return [a, b, c, d]


def check_words(operations: Operations) -> str | None:
    """Compare raw words of NumPy's Philox with the same function in plain Python."""
    key = 0x0123456789ABCDEF_FEDCBA9876543210
    found = operations.draw_words(key, 0, 12)
    expected = [word for counter in (1, 2, 3) for word in compute_philox(counter, key)]
    return None if found == expected else f"the first words are {found[:2]} instead of {expected[:2]}"


def read_other_threads(tasks: Path = _TASKS) -> int | None:
    """Return the processor time of all threads but the main one, in hundredths of a second; None if unknown."""
    total = 0
    try:
        own = str(tasks.parent.resolve().name)
        for task in sorted(tasks.iterdir()):
            if task.name != own:
                fields = (task / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
                total += int(fields[11]) + int(fields[12])
    except (OSError, ValueError, IndexError):
        return None
    return total


def check_thread_control(operations: Operations) -> str | None:
    """Multiply on one thread, and check that no other thread of this process worked at the same time."""
    a = np.ones((384, 384))
    with limit_threads(1, strict=False):
        operations.matmul(a, a)
        time.sleep(_REST_SECONDS)
        before = read_other_threads()
        worked, end = time.thread_time() + _BUSY_SECONDS, time.perf_counter() + _LONGEST_SECONDS
        for _ in range(_MOST_PRODUCTS):  # clocks may stand still or run backwards
            if time.thread_time() >= worked or time.perf_counter() >= end:
                break
            operations.matmul(a, a)
        after = read_other_threads()
    if before is None or after is None:
        return "this system does not show how long each thread worked"
    return f"other threads worked for {(after - before) / 100} s" if after - before > _TICKS else None
