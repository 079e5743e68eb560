"""One event of a trace, from its inputs to its line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from verify.tracing.tensors import describe_all

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from verify.tracing.captures import Captures, EventId
    from verify.tracing.flattening import Tally
    from verify.tracing.tensors import Values

    Pairs = list[tuple[str, Any]]


class Pending:
    """An event that has begun: its inputs are described, its outputs are not there yet.

    Args:
        line: the JSON object of the event, still without its values.
        name: the id of the event.
        inputs: the values before it.
        captures: keeps operands that are wanted.
        tally: counts what is read.
        write: writes the line, and saves the operands; returns the number of the event, 0 if it is left out.
    """

    def __init__(
        self,
        line: dict[str, Any],
        name: EventId,
        inputs: Values,
        *,
        captures: Captures,
        tally: Tally,
        write: Callable[[dict[str, Any], Pairs], int],
    ) -> None:
        self.line = line
        self._id = name
        self._captures = captures
        self._tally = tally
        self._write = write
        pairs = _list_pairs(inputs)
        if pairs:
            line["inputs"] = describe_all(pairs, tally)
        self._kept = captures.copy(name, "in", pairs, tally)

    def end(self, outputs: Values = ()) -> int:
        """Record the event with its outputs; return its number, or 0 if the limit of the file is passed."""
        pairs = _list_pairs(outputs)
        self.line["outputs"] = describe_all(pairs, self._tally)
        return self._write(self.line, [*self._kept, *self._captures.copy(self._id, "out", pairs, self._tally)])


def _list_pairs(values: Values) -> Pairs:
    return list(values.items() if hasattr(values, "items") else values)


def format_line(line: dict[str, Any]) -> bytes:
    """Return the line of an event in its file."""
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii") + b"\n"
