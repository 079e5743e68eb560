"""Exchanges that count what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import attrs

from appliance.numerics.exchange import Alone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from appliance.numerics.exchange import Exchange, Integers

_Value = TypeVar("_Value")


@attrs.frozen
class Message:
    """One reduction over all workers: "max" or "sum", and the bytes that every worker gives."""

    operation: str
    size: int


class Counting:
    """Passes everything on to another exchange and keeps the size of every reduction.

    Args:
        inner: over MPI, or of threads.

    Attributes:
        messages: the reductions so far, in order.
    """

    def __init__(self, inner: Exchange) -> None:
        self._inner = inner
        self.index = inner.index
        self.count = inner.count
        self.hosts = inner.hosts
        self.messages: list[Message] = []

    def maximize(self, values: Integers) -> None:
        """Replace entries by their maxima."""
        self.messages.append(Message("max", values.nbytes))
        self._inner.maximize(values)

    def add(self, values: Integers) -> None:
        """Replace entries by their sums."""
        self.messages.append(Message("sum", values.nbytes))
        self._inner.add(values)

    def agree(self, flag: int) -> int:
        """Return the largest flag."""
        return self._inner.agree(flag)

    def broadcast(self, value: _Value) -> _Value:
        """Return what the first worker gives."""
        return self._inner.broadcast(value)

    def compare(self, facts: Mapping[str, str]) -> None:
        """Return if all facts are equal."""
        self._inner.compare(facts)


class Silent(Alone):
    """The exchange of the first of several workers that are not there: it changes nothing.

    Training with it takes the time that one worker computes, and gives wrong results.

    Args:
        count: the number of workers.
    """

    def __init__(self, count: int) -> None:
        self.count = count
