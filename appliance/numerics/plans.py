"""Plans: NumPy calls on fixed arrays, listed once and run at every step.

A training step on small arrays spends more time in Python, between the calls, than in the calls; a listed call
costs little more than its work. Functions that can be listed take `do` and pass it each of their calls: a `Plan`
keeps the call for later, `call_now` makes it at once.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Do(Protocol):
    """What becomes of a call: made now, or kept in a plan."""

    def __call__(self, function: Callable[..., object], /, *arguments: object, **named: object) -> None:
        """Take one call; its result, if there is any, must lie in one of the arguments."""


def call_now(function: Callable[..., object], /, *arguments: object, **named: object) -> None:
    """Make the call at once."""
    function(*arguments, **named)


class Plan:
    """A list of calls; calling the plan adds one, `run` makes all of them in order.

    Arrays are kept, not copied: a plan reads what they hold when it runs.
    """

    def __init__(self) -> None:
        self._calls: list[Callable[[], object]] = []

    def __call__(self, function: Callable[..., object], /, *arguments: object, **named: object) -> None:
        """Add a call."""
        self._calls.append(partial(function, *arguments, **named))

    def run(self) -> None:
        """Make the calls; an error of one of them ends the run."""
        for call in self._calls:
            call()
