"""A machine on which each call takes exactly a given time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.benchmark.timing import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from appliance.benchmark.timing import Runner


class Machine:
    """Time that passes only in calls; `slowness` multiplies what a call takes, by the time it starts at."""

    def __init__(self, slowness: Callable[[float], float] = lambda _: 1.0) -> None:
        """Begin at second zero."""
        self.now = 0.0
        self.slowness = slowness
        self.turns: list[tuple[str, int, int]] = []
        self.rests: list[float] = []

    def runner(self, name: str, seconds: float) -> Runner:
        """Return a runner with calls of `seconds` each."""

        def run(first: int, count: int) -> None:
            self.turns.append((name, first, count))
            for _ in range(count):
                self.now += seconds * self.slowness(self.now)

        return run

    def wait(self, seconds: float) -> None:
        """Let time pass without a call."""
        self.rests.append(seconds)
        self.now += seconds

    def watch(self) -> Watch:
        """Return this machine's clock."""
        return Watch(read=lambda: self.now, wait=self.wait)
