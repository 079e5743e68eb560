"""Children of `prove`: started a few at a time, with the environment of their profile, within a time limit."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import attrs

from appliance.launch.variables import plan_variables
from appliance.processes.captured import run_captured
from appliance.processes.child import Children, Command, Limits
from appliance.processes.own_package import find_package
from appliance.vary.requests import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from appliance.processes.captured import Answer

Item = TypeVar("Item")
Found = TypeVar("Found")


@attrs.frozen(kw_only=True)
class Bench:
    """Where children run.

    Args:
        environment: the variables of this process.
        jobs: how many children run at a time.
        seconds: the time limit of each.
        children: the children that run, to end them all.
    """

    environment: Mapping[str, str]
    jobs: int = 2
    seconds: float = 600.0
    children: Children = attrs.field(factory=Children)

    def plan(
        self, words: Sequence[str], directory: Path, *, threads: int = 1, changes: Mapping[str, str] | None = None
    ) -> Command:
        """Return the command of a Python child of this very program, started in a directory of its own.

        Args:
            words: what follows the interpreter.
            directory: where it starts.
            threads: BLAS threads.
            changes: more variables.
        """
        environment = {
            **clean_environment(self.environment),
            **plan_variables("portable", threads),
            **(changes or {}),
            "PYTHONPATH": find_package(self.environment),
        }
        return Command(arguments=(sys.executable, "-P", *words), environment=environment, directory=directory)

    def run(self, command: Command) -> Answer:
        """Run a child to its end."""
        return run_captured(command, Limits(seconds=self.seconds), self.children)

    def map(self, function: Callable[[Item], Found], items: Sequence[Item]) -> list[Found]:
        """Call a function for every item, a few at a time; return what it gives, in order."""
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                return list(pool.map(function, items))
            except BaseException:
                self.children.end_all()
                raise
