"""Runs groups of steps, two at a time where they may, and keeps a table of their times."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from delivery.ci.plan import Step
    from delivery.ci.processes import Processes

AT_ONCE = 2
_PRINTING = threading.Lock()


class Row(NamedTuple):
    """How a step ended: ok, FAILED, ended because of another one, or left out."""

    seconds: float
    outcome: str


class Run:
    """One run of the whole check; it ends at the first step that fails.

    Args:
        processes: runs the commands.
        spent: seconds that were spent before.
    """

    def __init__(self, processes: Processes, spent: float = 0.0) -> None:
        self.code = 0
        self._processes = processes
        self._started = time.perf_counter() - spent
        self._rows: dict[str, Row] = {}
        self._change = threading.Condition()
        self._failure = "", b""

    def end(self, code: int) -> None:
        """End every step; the run has this exit code, unless it already has one. A handler of signals may call it."""
        self.code = self.code or code
        threading.Thread(target=self._processes.end_all).start()

    @property
    def seconds(self) -> float:
        """Wall time since the beginning."""
        return time.perf_counter() - self._started

    def run_groups(self, groups: Sequence[Sequence[Step]]) -> None:
        """Run groups one after another; the output of a step that fails beside another comes last."""
        for group in groups:
            if not self._processes.closed:
                self._run_group(group)
        if self._failure[1]:
            _show(*self._failure)

    def _run_group(self, steps: Sequence[Step]) -> None:
        waiting, used = list(steps), set[str]()
        workers = [threading.Thread(target=self._work, args=(waiting, used)) for _ in steps[:AT_ONCE]]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _work(self, waiting: list[Step], used: set[str]) -> None:
        """Run steps until none waits or one has failed."""
        while (step := self._take(waiting, used)) is not None:
            started = time.perf_counter()
            outcome = self._run(step)
            with self._change:
                self._rows[step.title] = Row(time.perf_counter() - started, outcome)
                used.discard(step.uses)
                self._change.notify_all()

    def _take(self, waiting: list[Step], used: set[str]) -> Step | None:
        """Return the first step that waits and uses nothing that another one uses; None when there will be none."""
        with self._change:
            while waiting and not self._processes.closed:
                free = next((step for step in waiting if step.uses not in used), None)
                if free is not None:
                    waiting.remove(free)
                    used |= {free.uses} - {""}
                    return free
                self._change.wait(1.0)
            return None

    def _run(self, step: Step) -> str:
        """Run one step, show what it printed, and tell how it ended."""
        if step.needs_variable and not os.environ.get(step.needs_variable):
            return "left out"
        _show(f"== {step.title} (after {self.seconds:.0f} s)")
        if not step.beside:
            return self._judge(step, self._processes.run)
        with tempfile.TemporaryFile() as stream:
            outcome = self._judge(step, lambda commands: self._processes.run(commands, stream))
            stream.seek(0)
            output = stream.read()
        if outcome == "FAILED":
            self._failure = f"== {step.title}: FAILED with exit code {self.code}", output
        elif outcome == "ok":
            _show(f"== {step.title}: what it printed", output)
        return outcome

    def _judge(self, step: Step, run: Callable[[str], int]) -> str:
        try:
            code = run(step.run)
        except InterruptedError:
            return "ended"
        with self._change:
            if code == 0:
                return "ok"
            if self.code or self._processes.closed:
                return "ended"
            self.code = code
        self._processes.end_all()
        return "FAILED"

    def list_rows(self, steps: Sequence[Step]) -> list[str]:
        """Return the table: a line for each step, also for those that did not run."""
        rows = [(self._rows.get(step.title, Row(0.0, "not run")), step.title) for step in steps]
        return [f"{row.seconds:6.0f} s  {row.outcome:<8} {title}" for row, title in rows]


def _show(title: str, output: bytes = b"") -> None:
    """Print a title and, after it, all of an output."""
    with _PRINTING:
        print(f"\n{title}", flush=True)
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
