"""Keeps the operands of chosen events in files.

The file of event N is `tensors/N.npz`, in another process than the first `tensors/NAME-N.npz`. Its members are
`in.NAME` and `out.NAME`; the names are those of the event's inputs and outputs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from verify.tracing.flattening import Tally, flatten
from verify.tracing.tensors import Known

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

    EventId = tuple[int | None, int | None, str, int]


def read_captures(path: Path) -> list[EventId]:
    """Return the ids in a JSON file: a list of objects with epoch, step (or neither), stage and occurrence."""
    listed = json.loads(path.read_text(encoding="utf-8"))
    return [(one.get("epoch"), one.get("step"), one["stage"], one["occurrence"]) for one in listed]


class Captures:
    """The events with operands to keep.

    Args:
        directory: where the files are made.
        wanted: ids of events.
    """

    def __init__(self, directory: Path, wanted: Iterable[EventId] = ()) -> None:
        self._directory = directory
        self.wanted = frozenset(wanted)

    def copy(self, name: EventId, side: str, pairs: list[tuple[str, Any]], tally: Tally) -> list[tuple[str, Any]]:
        """Return copies of the operands of an event, if they are wanted, in their memory order.

        Args:
            name: the event's id.
            side: "in" or "out".
            pairs: names and values.
            tally: counts what cannot be kept.
        """
        if name not in self.wanted:
            return []
        import numpy as np  # noqa: PLC0415 - loaded when it is first needed

        plain = [(given, pair.value if isinstance(pair, Known) else pair) for given, pair in pairs]
        members = [member for given, value in plain for member in flatten(given, value, tally)]
        copies = [(f"{side}.{label}", np.array(value, order="K")) for label, value in members]
        return [(label, array) for label, array in copies if not array.dtype.hasobject]

    def save(self, process: str, number: int, kept: list[tuple[str, Any]]) -> None:
        """Write the operands of one event."""
        import numpy as np  # noqa: PLC0415 - loaded when it is first needed

        self._directory.mkdir(exist_ok=True)
        path = self._directory / (f"{process}-{number}.npz" if process else f"{number}.npz")
        draft = path.with_name(f".{path.name}")
        with draft.open("wb") as stream:
            np.savez(stream, **dict(kept))
        draft.replace(path)
