"""The values of an event's tensors, where they can be had: a trace itself holds fingerprints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from verify.errors import ApplianceError
from verify.files.arrays import list_arrays, load_array
from verify.judging.arrays import ArrayDifference, compare_pair

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from verify.files.trace import EventId
    from verify.files.traces import Trace
    from verify.judging.arrays import Array
    from verify.judging.traces.differences import EventDifference

INPUT, OUTPUT = "in.", "out."


class Values(Protocol):
    """Gives the operands of one event of a trace, for example by running the program again."""

    def read_operands(self, trace: Trace, event: EventId, number: int, process: str) -> Mapping[str, Array] | None:
        """Return the arrays "in.NAME" and "out.NAME" of an event; None where they cannot be had.

        Args:
            trace: the trace.
            event: the event's id.
            number: its number in the file of its process.
            process: the name of its process; empty for the first.
        """


class CapturedValues:
    """The operands that stand in the directory of the trace itself."""

    def read_operands(self, trace: Trace, event: EventId, number: int, process: str) -> Mapping[str, Array] | None:
        """Return what was captured of an event; None where nothing was, or where its file is damaged."""
        del event
        path = trace.find_operands(number, process)
        return None if path is None else _load_all(path)


def _load_all(path: Path) -> Mapping[str, Array] | None:
    try:
        return {name: load_array(path, name) for name in list_arrays(path)}
    except ApplianceError:
        return None


def compare_values(
    sides: tuple[Trace, Trace], found: EventDifference, values: Values
) -> tuple[ArrayDifference, ...] | None:
    """Return how the operands of an event differ, element by element; None where a side has no values.

    An operand that differs has the name "in.NAME" or "out.NAME"; outputs come first.
    """
    rows = zip(sides, (found.a, found.b), found.processes, strict=True)
    a, b = (values.read_operands(side, event.id, event.n, process) for side, event, process in rows)
    if not a or not b:
        return None
    names = sorted({*a, *b}, key=lambda name: (not name.startswith(OUTPUT), name))
    found_rows = (compare_pair(name, a.get(name), b.get(name), layout=True) for name in names)
    return tuple(row for row in found_rows if row is not None)
