"""The beginning of a difference: the first events that are not the same on both sides, in order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from verify.files.events import Memo
from verify.judging.traces.alignment import Pair, Split, align
from verify.judging.traces.differences import EventDifference, compare_events, find_role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verify.files.events import EventLine
    from verify.files.trace import Event, EventId
    from verify.files.traces import Trace

_KEPT = 64
_MOST_STATES = 100_000
_MARK = re.compile(rb'"fingerprint":"([0-9a-f]{16})"')


@attrs.frozen(kw_only=True)
class Beginning:
    """What differs first.

    Args:
        first: the first event of which an output differs; if there is none, the first with other inputs.
        idle: the first event with other inputs and equal outputs, or none.
        split: the first place where one side has events that the other has not, if it comes before `first`.
        later_split: the first such place after `first`.
        states: the states of generators before every draw, of both sides, in order.
        made: fingerprints that events before `first` have made, of both sides.
    """

    first: EventDifference | None
    idle: EventDifference | None
    split: Split | None
    later_split: Split | None
    states: tuple[tuple[str, ...], tuple[str, ...]]
    made: tuple[frozenset[bytes], frozenset[bytes]]


@attrs.define
class _Reader:
    """Takes in pairs of events, and places where one side has more events."""

    first: EventDifference | None = None
    idle: EventDifference | None = None
    splits: list[tuple[bool, Split]] = attrs.field(factory=list)
    states: tuple[list[str], list[str]] = attrs.field(factory=lambda: ([], []))
    made: tuple[set[bytes], set[bytes]] = attrs.field(factory=lambda: (set(), set()))

    def take(self, found: Pair | Split) -> None:
        """Take in what comes next."""
        if isinstance(found, Split):
            if len(self.splits) < _KEPT:
                self.splits.append((self.first is None, found))
            return
        lines = found.a, found.b
        for states, line in zip(self.states, lines, strict=True):
            _add_state(states, line)
        if self.first is not None:
            return
        self.first = _find_difference(found)
        if self.first is None and self.idle is None and find_role(*lines) == "absorber":
            self.idle = compare_events(*lines)
        for marks, line in zip(self.made, lines, strict=True):
            if self.first is None and len(marks) < _MOST_STATES:
                marks.update(_MARK.findall(line.outputs))


def read_beginning(a: Trace, b: Trace) -> Beginning:
    """Return what differs first in two traces; what is different and has no effect is left out."""
    memo, reader = Memo(), _Reader()
    for found in align(a.read_events(a.files[0], memo), b.read_events(b.files[0], memo)):
        reader.take(found)
    first = reader.first if reader.first is not None or reader.splits else reader.idle
    states: tuple[Sequence[str], Sequence[str]] = reader.states
    if first is not None and first.a.kind == "draw":
        states = _list_states(a), _list_states(b)
    layout = first is not None and first.ordered  # then what one side did more has changed an order in memory
    return Beginning(
        first=first,
        idle=reader.idle,
        split=None if layout else next((split for before, split in reader.splits if before), None),
        later_split=next((split for before, split in reader.splits if not before), None),
        states=(tuple(states[0]), tuple(states[1])),
        made=(frozenset(reader.made[0]), frozenset(reader.made[1])),
    )


def _find_difference(pair: Pair) -> EventDifference | None:
    """Return a difference that has an effect: an event with other inputs and equal outputs has none."""
    if find_role(pair.a, pair.b) in (None, "absorber", "order"):
        return None
    found = compare_events(pair.a, pair.b)
    if found.a.kind == "output" and _is_name(found):
        return None
    return found


def _is_name(found: EventDifference) -> bool:
    """Tell whether only texts differ in what is written: the name of a file."""
    return all(row.a is not None and row.a.dtype in ("str", "bytes") for row in (*found.inputs, *found.outputs))


def _add_state(states: list[str], line: EventLine) -> None:
    if line.kind == b"draw" and len(states) < _MOST_STATES:
        state = read_state(line.event)
        if state is not None:
            states.append(state)


def _list_states(trace: Trace) -> list[str]:
    """Return the states before every draw of one trace."""
    states: list[str] = []
    for line in trace.read_events(trace.files[0]):
        _add_state(states, line)
    return states


def read_state(event: Event) -> str | None:
    """Return the state of the generator before a draw."""
    for tensor in event.inputs or ():
        if tensor.name == "state":
            return tensor.fingerprint if tensor.value is None else str(tensor.value)
    return None


def find_event(trace: Trace, wanted: EventId) -> Event | None:
    """Return an event of a trace by its id."""
    for line in trace.read_events(trace.files[0]):
        if line.id == wanted:
            return line.event
    return None
