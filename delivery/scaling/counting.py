"""Exchanges that count what they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_Value = TypeVar("_Value")


@attrs.frozen
class Message:
    """One reduction over all workers: "max" or "sum", and the bytes that every worker gives."""

    operation: str
    size: int


class Counting:
    """Passes everything on to another exchange and keeps the size of every reduction.

    Args:
        inner: an `Exchange`.

    Attributes:
        messages: the reductions so far, in order.
    """

    def __init__(self, inner: Any) -> None:  # noqa: ANN401 - over MPI, or of threads
        self._inner = inner
        self.index: int = inner.index
        self.count: int = inner.count
        self.hosts: int = getattr(inner, "hosts", 1)
        self.messages: list[Message] = []

    def maximize(self, values: NDArray[Any]) -> None:
        """Replace entries by their maxima."""
        self.messages.append(Message("max", values.nbytes))
        self._inner.maximize(values)

    def add(self, values: NDArray[Any]) -> None:
        """Replace entries by their sums."""
        self.messages.append(Message("sum", values.nbytes))
        self._inner.add(values)

    def agree(self, flag: int) -> int:
        """Return the largest flag."""
        return int(self._inner.agree(flag))

    def broadcast(self, value: _Value) -> _Value:
        """Return what the first worker gives."""
        shared: _Value = self._inner.broadcast(value)
        return shared

    def compare(self, facts: Mapping[str, str]) -> None:
        """Return if all facts are equal."""
        self._inner.compare(facts)


class Silent:
    """The exchange of the first of several workers that are not there: it changes nothing.

    Training with it takes the time that one worker computes, and gives wrong results.

    Args:
        count: the number of workers.
    """

    index = 0
    hosts = 1

    def __init__(self, count: int) -> None:
        self.count = count

    def maximize(self, values: NDArray[Any]) -> None:
        """Do nothing."""

    def add(self, values: NDArray[Any]) -> None:
        """Do nothing."""

    def agree(self, flag: int) -> int:
        """Return the flag."""
        return flag

    def broadcast(self, value: _Value) -> _Value:
        """Return the value."""
        return value

    def compare(self, facts: Mapping[str, str]) -> None:
        """Do nothing."""
