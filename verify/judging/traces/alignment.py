"""Pairs the events of two traces, in any order of arrival, with a window of events in memory.

Events are named by epoch, step and stage. Where the names run apart, three explanations are tried: the same events in
another order; the rest of a step that only one side has; and else the shortest way to where both go on alike.
"""

from __future__ import annotations

from collections import Counter, deque
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from verify.files.events import EventLine
    from verify.files.trace import EventId

    Key: TypeAlias = tuple[bytes | None, ...] | None

WINDOW = 4096
MOST_SPLITS = 1000
"""Places at which two traces run apart, after which the rest is not aligned."""
_ALIKE = (8, 3, 1)  # events that must follow each other alike on both sides, the longest first
_SHOWN = 5


@attrs.frozen(kw_only=True)
class Pair:
    """One event in both traces; `moved` where it does not stand in the same place of the order."""

    a: EventLine
    b: EventLine
    moved: bool = False


@attrs.frozen(kw_only=True)
class Split:
    """A place where the two programs did different things.

    Args:
        after: the last event that both have; None at the beginning.
        a: the first events that only one side has.
        b: those that only the other has.
        count_a: how many only the one has.
        count_b: how many only the other has.
        gave_up: whether the rest of both traces was not compared.
    """

    after: EventId | None
    a: tuple[EventId, ...] = ()
    b: tuple[EventId, ...] = ()
    count_a: int = 0
    count_b: int = 0
    gave_up: bool = False


class _Side:
    """The events of one trace that are still to come."""

    def __init__(self, lines: Iterator[EventLine]) -> None:
        self._lines = lines
        self._next: deque[EventLine] = deque()

    def peek(self) -> EventLine | None:
        """Return the next event without taking it; None at the end."""
        if not self._next:
            line = next(self._lines, None)
            if line is None:
                return None
            self._next.append(line)
        return self._next[0]

    def take(self) -> EventLine:
        """Take the next event, which must have been seen."""
        return self._next.popleft()

    def look_ahead(self) -> list[EventLine]:
        """Return the events of a window without taking them."""
        self._next.extend(islice(self._lines, WINDOW - len(self._next)))
        return list(islice(self._next, WINDOW))


def align(a: Iterator[EventLine], b: Iterator[EventLine]) -> Iterator[Pair | Split]:
    """Yield every pair of events, and every place where the programs did different things, in order."""
    left, right = _Side(a), _Side(b)
    last: EventLine | None = None
    splits = 0
    while True:
        x, y = left.peek(), right.peek()
        if x is not None and y is not None and (x is y or x.key == y.key):
            last = x
            yield Pair(a=left.take(), b=right.take())
            continue
        if x is None and y is None:
            return
        for found in _resolve(left, right, None if last is None else last.id, splits):
            if isinstance(found, Split):
                splits += 1
            yield found


def _resolve(left: _Side, right: _Side, last: EventId | None, splits: int) -> Iterator[Pair | Split]:
    """Yield what brings both sides to where they agree again, or to their ends."""
    x, y = left.peek(), right.peek()
    if splits >= MOST_SPLITS:
        yield _skip(left, right, last, everything=True)
    elif x is None or y is None:
        yield _skip(left, right, last)
    else:
        lines = left.look_ahead(), right.look_ahead()
        keys = [[line.key for line in side] for side in lines]
        skips = _find_skips(*keys)
        block = _find_block(*keys)
        if block and (skips is None or skips[0] + skips[1] >= 2 * block):
            yield from _pair_block(left, right, block)
        elif (scope := _find_later(x.id, y.id)) is not None:
            yield _skip(left, right, last, scope=scope)
        else:
            i, j = skips or (len(keys[0]), len(keys[1]))
            yield _drop(left, right, last, (i, j))


def _find_block(a: Sequence[Key], b: Sequence[Key]) -> int:
    """Return how many events both sides have in another order before they agree again; 0 if they do not."""
    open_keys: Counter[Key] = Counter()
    unequal = 0
    for place, (x, y) in enumerate(zip(a, b, strict=False), start=1):
        for key, change in ((x, 1), (y, -1)):
            unequal += (open_keys[key] + change != 0) - (open_keys[key] != 0)
            open_keys[key] += change
        if not unequal:
            return place
    return 0


def _find_skips(a: Sequence[Key], b: Sequence[Key]) -> tuple[int, int] | None:
    """Return how few events of each side to leave out so that both go on alike; None if they never do."""
    for length in _ALIKE:
        x, y = _list_runs(a, length), _list_runs(b, length)
        first = {run: place for place, run in reversed(list(enumerate(y)))}
        found = [(place, first[run]) for place, run in enumerate(x) if run in first]
        if found:
            return min(found, key=lambda skips: skips[0] + skips[1])
    return None


def _list_runs(keys: Sequence[Key], length: int) -> list[tuple[Key, ...]]:
    """Return the events that follow each event; behind the end of a short trace there is nothing."""
    end: list[Key] = [None] * (length - 1) if len(keys) < WINDOW else []
    padded = [*keys, *end]
    return [tuple(padded[place : place + length]) for place in range(len(padded) - length + 1)]


def _pair_block(left: _Side, right: _Side, size: int) -> Iterator[Pair]:
    """Yield the pairs of a block that both sides have in another order, in the order of the first side."""
    others: dict[Key, deque[EventLine]] = {}
    for _ in range(size):
        line = right.take()
        others.setdefault(line.key, deque()).append(line)
    for _ in range(size):
        line = left.take()
        yield Pair(a=line, b=others[line.key].popleft(), moved=True)


def _find_later(a: EventId, b: EventId) -> tuple[int, int] | None:
    """Return the later one of two steps, if both events have a step and they are not the same."""
    if a.step is None or b.step is None or (a.epoch is None) != (b.epoch is None):
        return None
    x, y = ((event.epoch or 0, event.step or 0) for event in (a, b))
    return None if x == y else max(x, y)


def _drop(left: _Side, right: _Side, last: EventId | None, counts: tuple[int, int]) -> Split:
    """Take the next events of each side, which the other does not have."""
    taken = [[side.take().id for _ in range(count)] for side, count in zip((left, right), counts, strict=True)]
    return Split(
        after=last, a=tuple(taken[0][:_SHOWN]), b=tuple(taken[1][:_SHOWN]), count_a=counts[0], count_b=counts[1]
    )


def _skip(
    left: _Side, right: _Side, last: EventId | None, *, scope: tuple[int, int] | None = None, everything: bool = False
) -> Split:
    """Take all events of each side up to a step, or to the end; only the first of them are kept."""
    shown: list[list[EventId]] = [[], []]
    counts = [0, 0]
    for number, side in enumerate((left, right)):
        while (line := side.peek()) is not None and (scope is None or _is_before(line.id, scope)):
            side.take()
            counts[number] += 1
            if len(shown[number]) < _SHOWN:
                shown[number].append(line.id)
    return Split(
        after=last, a=tuple(shown[0]), b=tuple(shown[1]), count_a=counts[0], count_b=counts[1], gave_up=everything
    )


def _is_before(event: EventId, scope: tuple[int, int]) -> bool:
    return event.step is not None and (event.epoch or 0, event.step) < scope
