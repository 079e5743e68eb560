"""Several ways to do one thing, timed in turns, so that a slow period of the machine affects all of them."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from appliance.benchmark.statistics import MedianSummary, summarize_median
from verify.errors import CouldNotJudgeError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# Makes `count` calls, numbered from `first` on; the number chooses the data, so that no call repeats the one before.
Runner = Callable[[int, int], object]


_MOST_DOUBLINGS = 24  # of the calls in a turn; a working clock needs fewer


@attrs.frozen(kw_only=True)
class Effort:
    """How much time to spend on a comparison.

    `turn` is what one turn should last, in seconds: short calls are repeated to fill it. There are `rounds` rounds;
    after `least` of them none begins once `budget` seconds are spent. `rest` seconds pass before every turn: pools
    of several threads wait busily for a while after their last call, on the processors the next subject needs.
    """

    turn: float
    rounds: int
    least: int
    budget: float
    rest: float = 0.0


@attrs.frozen(kw_only=True)
class Watch:
    """The time: `read` gives seconds from any fixed start, `wait` lets some pass."""

    read: Callable[[], float] = time.perf_counter
    wait: Callable[[float], None] = time.sleep


@attrs.define
class _Turns:
    """One subject: its calls so far, and how many make a turn."""

    run: Runner
    wait: Callable[[float], None]
    done: int = 0
    size: int = 1

    def call(self, count: int) -> None:
        self.run(self.done, count)
        self.done += count

    def take(self, read: Callable[[], float], rest: float) -> float:
        """Return the seconds per call of one turn; where calls are short, an untimed one comes first."""
        if rest:
            self.wait(rest)
        if self.size > 1 or rest:
            self.call(1)
        begun = read()
        self.call(self.size)
        spent = read() - begun
        return (spent if spent == 0.0 else require_advance(spent)) / self.size

    def warm_up(self, read: Callable[[], float], turn: float) -> None:
        """Make all that a first call makes, then find how many calls fill a turn."""
        self.call(1)
        spent = 0.0
        for _ in range(_MOST_DOUBLINGS):
            begun = read()
            self.call(self.size)
            spent = read() - begun
            if spent >= turn / 4:
                break
            self.size *= 2
        if turn:
            self.size = max(1, round(self.size * turn / require_advance(spent)))


def require_advance(seconds: float) -> float:
    """Return the seconds between two readings of a clock, the earlier one subtracted from the later one.

    Raises:
        CouldNotJudgeError: the clock stands still or runs backwards.
    """
    if seconds <= 0.0:
        raise CouldNotJudgeError(
            "the clock does not advance",
            expected="a later time after work than before it",
            found=f"{seconds} s",
            remedy="measure on a host with a working clock; results of training do not depend on it",
        )
    return seconds


def measure(runners: Mapping[str, Runner], effort: Effort, watch: Watch | None = None) -> dict[str, tuple[float, ...]]:
    """Return the seconds per call of each runner, round by round, all of the same length.

    Every runner is warmed up first. The order turns by one each round. Garbage collection waits until the end.

    Raises:
        UsageError: no runner.
    """
    if not runners:
        raise UsageError("nothing to time", expected="at least one runner")
    watch = watch or Watch()
    subjects = {name: _Turns(run=run, wait=watch.wait) for name, run in runners.items()}
    collecting = gc.isenabled()
    gc.disable()
    try:
        for turns in subjects.values():
            turns.warm_up(watch.read, effort.turn)
        return _take_rounds(subjects, effort, watch)
    finally:
        if collecting:
            gc.enable()


def _take_rounds(subjects: Mapping[str, _Turns], effort: Effort, watch: Watch) -> dict[str, tuple[float, ...]]:
    names = list(subjects)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    begun = watch.read()
    for number in range(effort.rounds):
        if number >= effort.least and watch.read() - begun > effort.budget:
            break
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            seconds[name].append(subjects[name].take(watch.read, effort.rest))
    return {name: tuple(values) for name, values in seconds.items()}


def compare_rounds(subject: Sequence[float], baseline: Sequence[float]) -> MedianSummary:
    """Return the median of how many times faster the subject was, round by round, from seconds per call of each.

    Above 1 the subject is faster. The interval is that of the median of the paired ratios.

    Raises:
        UsageError: the two have not the same number of rounds, or a time is not positive.
    """
    if len(subject) != len(baseline) or min((*subject, *baseline), default=0.0) <= 0.0:
        raise UsageError(
            "these times cannot be paired",
            expected="as many of one as of the other, all positive",
            found=f"{len(subject)} with {len(baseline)}",
        )
    return summarize_median([slow / fast for fast, slow in zip(subject, baseline, strict=True)])
