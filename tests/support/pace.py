"""The markers `process` and `slow`, and what keeps them true: an unmarked test that needs one of them fails."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import attrs
import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

# Wall time also counts the waiting for other programs, so it may be so many times the limit of processor time.
_WALL_FACTOR = 3.0


@attrs.define
class Pace:
    """What the running test has done so far."""

    began: float = 0.0
    wall: float = 0.0
    commands: list[str] = attrs.field(factory=list)

    def watch(self, event: str, arguments: tuple[object, ...]) -> None:
        """Note a started process of this Python; an audit hook."""
        if event == "subprocess.Popen":
            words = arguments[1] if isinstance(arguments[1], list | tuple) else [arguments[1]]
            command = " ".join(os.fsdecode(word) for word in words if isinstance(word, str | bytes | os.PathLike))
            if sys.executable in command:
                self.commands.append(command)

    def find_fault(self, marks: set[str], limit: float | None) -> str | None:
        """Return why a test with these markers needs another one, or None."""
        if self.commands and "process" not in marks:
            return f"this test starts a process; mark it `process`: {self.commands[0][:200]}"
        used = time.process_time() - self.began
        if limit is None or "slow" in marks or (used <= limit and self.wall <= _WALL_FACTOR * limit):
            return None
        return (
            f"this test took {used:.1f} s of processor time, {self.wall:.1f} s in all; mark it `slow` or make it faster"
        )


_PACE = Pace()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that makes a long test without its marker a failure."""
    parser.addoption(
        "--fail-slow",
        type=float,
        metavar="SECONDS",
        help="fail a test without the marker `slow` that takes more processor time than this",
    )


def pytest_configure() -> None:
    """Start to watch for processes; a hook of Python itself, which stays until the end."""
    sys.addaudithook(_PACE.watch)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark what asks for the fixture that starts the program."""
    if "run_program" in getattr(item, "fixturenames", ()):
        item.add_marker("process")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Start to count for the next test, its fixtures included."""
    _PACE.began, _PACE.wall = time.process_time(), 0.0
    _PACE.commands.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a test that passed without a marker it needs into a failure."""
    report = yield
    _PACE.wall += call.duration
    if call.when == "call" and report.passed:
        fault = _PACE.find_fault({mark.name for mark in item.iter_markers()}, item.config.getoption("--fail-slow"))
        if fault is not None:
            report.outcome, report.longrepr = "failed", fault
    return report
