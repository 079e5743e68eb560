"""Workers of one training as threads of this process, which exchange what workers of MPI exchange."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from verify.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Integers = NDArray[np.signedinteger[Any]]
    Reduce = Callable[[list[Integers]], Integers]

Answer = TypeVar("Answer")
_PATIENCE = 120.0  # seconds


def add_exactly(arrays: list[Integers]) -> Integers:
    """Return the sum of arrays of integers; one that leaves the range of the type is an error of the test."""
    total = np.zeros(arrays[0].shape, dtype=object)
    for array in arrays:
        total = total + array.astype(object)
    made = total.astype(arrays[0].dtype)
    assert (made.astype(object) == total).all(), "a sum leaves the range of its type"
    return made


class Meeting:
    """Where the threads of some workers meet.

    Args:
        count: the number of workers.
        add: how sums are made; a test may pass a wrong one.
    """

    def __init__(self, count: int, add: Reduce = add_exactly) -> None:
        self.count = count
        self.add = add
        self.barrier = threading.Barrier(count)
        self.given: list[Any] = [None] * count
        self.numbers = 0

    def reduce(self, index: int, value: Any, find: Callable[[list[Any]], Any]) -> Any:  # noqa: ANN401
        """Return what `find` makes of the values of all workers."""
        self.given[index] = value
        self.barrier.wait(_PATIENCE)
        found = find(list(self.given))
        if not index:
            self.numbers += getattr(value, "size", 0)
        self.barrier.wait(_PATIENCE)
        return found


class ThreadExchange:
    """The exchange of one of the threads."""

    def __init__(self, meeting: Meeting, index: int) -> None:
        self.meeting = meeting
        self.index = index
        self.count = meeting.count
        self.hosts = 1

    def maximize(self, values: Integers) -> None:
        """Replace entries by their maxima."""
        values[...] = self.meeting.reduce(self.index, values.copy(), np.maximum.reduce)

    def add(self, values: Integers) -> None:
        """Replace entries by their sums."""
        values[...] = self.meeting.reduce(self.index, values.copy(), self.meeting.add)

    def agree(self, flag: int) -> int:
        """Return the largest flag."""
        return int(self.meeting.reduce(self.index, flag, max))

    def broadcast(self, value: Answer) -> Answer:
        """Return what the first worker gives."""
        shared: Answer = self.meeting.reduce(self.index, value, lambda found: found[0])
        return shared

    def compare(self, facts: Mapping[str, str]) -> None:
        """Return if all facts are equal."""
        found = self.meeting.reduce(self.index, dict(facts), list)
        if any(other != found[0] for other in found):
            raise UsageError("the workers differ")


def run_workers(
    count: int, work: Callable[[ThreadExchange], Answer], *, add: Reduce = add_exactly, meeting: Meeting | None = None
) -> list[Answer]:
    """Return what each of `count` workers gives; an error of one ends all of them."""
    meeting = Meeting(count, add) if meeting is None else meeting

    def run(index: int) -> Answer:
        try:
            return work(ThreadExchange(meeting, index))
        except BaseException:
            meeting.barrier.abort()
            raise

    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(run, index) for index in range(count)]
        errors = [error for future in futures if (error := future.exception()) is not None]
        if errors:
            raise next((e for e in errors if not isinstance(e, threading.BrokenBarrierError)), errors[0])
        return [future.result() for future in futures]
